import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { AuditWhat } from './audit-args.js';

@InputType('ManagedKeyChangedFilter')
class ManagedKeyChangedFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly vaultIds?: readonly string[] | null;
}

@ArgsType()
export class ManagedKeyChangedArgs {
  @Field(() => ManagedKeyChangedFilter, { nullable: true })
  readonly filter?: ManagedKeyChangedFilter | null;
}

@InputType('AuditEventAddedFilter')
class AuditEventAddedFilter extends AuditWhat {}

@ArgsType()
export class AuditEventAddedArgs {
  @Field(() => AuditEventAddedFilter, { nullable: true })
  readonly filter?: AuditEventAddedFilter | null;
}
