import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { Tracked } from '../../../domain/entity.js';
import { DateTime } from '../scalars/date-time.js';

/** Fields that every stored entity has. */
@ObjectType('Tracked')
export abstract class TrackedType implements Tracked {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => Int, { description: 'Counts the changes somebody asked for. A change that names another revision is refused.' })
  readonly revision!: number;

  @Field(() => DateTime)
  readonly createdAt!: string;

  @Field(() => String)
  readonly createdBy!: string;

  @Field(() => DateTime)
  readonly updatedAt!: string;

  @Field(() => String)
  readonly updatedBy!: string;
}
