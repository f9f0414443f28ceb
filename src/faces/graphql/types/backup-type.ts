import { Field, Float, ObjectType } from 'type-graphql';
import type { Backup } from '../../../services/backup/create.js';
import { DateTime } from '../scalars/date-time.js';

@ObjectType('Backup', { simpleResolvers: true, description: 'A backup that was just made: an age file.' })
export class BackupType implements Backup {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String, { description: 'Where it lies on the server’s machine.' })
  readonly path!: string;

  @Field(() => Float, { description: 'Bytes of the file.' })
  readonly size!: number;

  @Field(() => String, { description: 'SHA-256 of the file, lower-case hex.' })
  readonly sha256!: string;

  @Field(() => DateTime)
  readonly createdAt!: string;

  @Field(() => Float, { description: 'Events of the audit log in it.' })
  readonly auditSize!: number;

  @Field(() => Boolean, { description: 'Whether the HSM signed it; a sealed one cannot.' })
  readonly isSigned!: boolean;
}
