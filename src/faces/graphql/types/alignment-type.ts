import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import {
  type Alignment,
  type AlignmentDifference,
  type AlignmentField,
  type AlignmentObstacle,
  type AlignmentStatus,
  alignmentFields,
  alignmentObstacles,
} from '../../../domain/alignment.js';
import { AlignmentStatusEnum } from '../enums.js';

const AlignmentFieldEnum = Object.fromEntries(alignmentFields.map((field) => [field, field]));
registerEnumType(AlignmentFieldEnum, { name: 'AlignmentField', description: 'In what a key differs from its template.' });
const AlignmentObstacleEnum = Object.fromEntries(alignmentObstacles.map((obstacle) => [obstacle, obstacle]));
registerEnumType(AlignmentObstacleEnum, { name: 'AlignmentObstacle', description: 'Why a key cannot be aligned.' });

@ObjectType('AlignmentDifference', { simpleResolvers: true })
export class AlignmentDifferenceType implements AlignmentDifference {
  @Field(() => AlignmentFieldEnum)
  readonly field!: AlignmentField;

  @Field(() => ID, { nullable: true })
  readonly keystoreId!: string;

  @Field(() => String, { nullable: true, description: 'Type and group of the target concerned.' })
  readonly target!: string;
}

@ObjectType('Alignment', { simpleResolvers: true, description: 'A key against its template and the keystores as they are now.' })
export class AlignmentType implements Alignment {
  @Field(() => AlignmentStatusEnum)
  readonly status!: AlignmentStatus;

  @Field(() => [AlignmentDifferenceType])
  readonly differences!: readonly AlignmentDifference[];

  @Field(() => Boolean, { description: 'Whether alignManagedKey would do something.' })
  readonly canAlign!: boolean;

  @Field(() => AlignmentObstacleEnum, { nullable: true })
  readonly reason!: AlignmentObstacle | null;
}
