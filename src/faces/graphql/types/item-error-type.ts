import { Field, ObjectType } from 'type-graphql';
import type { JsonObject } from '../../../domain/entity.js';
import type { EstateError } from '../../../domain/errors.js';
import { JsonObjectScalar } from '../scalars/json-object.js';

@ObjectType('ItemError', { simpleResolvers: true, description: 'Why one item of a list failed; the others are not touched by it.' })
export class ItemErrorType {
  @Field(() => String)
  readonly code!: string;

  @Field(() => String)
  readonly kind!: string;

  @Field(() => String)
  readonly message!: string;

  @Field(() => JsonObjectScalar, { nullable: true })
  readonly details!: JsonObject | null;
}

export function itemError(error: EstateError): ItemErrorType {
  return { code: error.code, kind: error.kind, message: error.message, details: error.details as JsonObject };
}
