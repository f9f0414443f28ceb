import { Field, ID, ObjectType } from 'type-graphql';
import type { Expiring, ExpiringKind } from '../../../domain/expiry.js';
import { connectionOf } from '../connection.js';
import { ExpiringKindEnum } from '../enums.js';
import { DateTime } from '../scalars/date-time.js';

@ObjectType('Expiring', { simpleResolvers: true, description: 'Something with an end in sight.' })
export class ExpiringType implements Expiring {
  @Field(() => ExpiringKindEnum)
  readonly kind!: ExpiringKind;

  @Field(() => ID, { description: 'Of a managed key or API key; of a certificate its SHA-256 fingerprint.' })
  readonly id!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => ID, { nullable: true, description: 'Of a managed key.' })
  readonly vaultId!: string | null;

  @Field(() => DateTime, { description: 'A managed key expires when the day of its expiration date is over.' })
  readonly expiresAt!: string;

  @Field(() => Boolean, {
    description: 'Whether it stops working then. A managed key does where its lifecycle policy deactivates it on its date.',
  })
  readonly ends!: boolean;
}

export const ExpiringConnection = connectionOf('Expiring', ExpiringType);
