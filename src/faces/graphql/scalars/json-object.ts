import { GraphQLScalarType, Kind, type ObjectValueNode, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { JsonObject } from '../../../domain/entity.js';

/** A JSON object whose members somebody else's table describes (a keystore type's descriptor, an audit action). */
export const JsonObjectScalar = new GraphQLScalarType<JsonObject, JsonObject>({
  name: 'JSONObject',
  description: 'A JSON object.',
  serialize: (value) => value as JsonObject,
  parseValue: parse,
  parseLiteral: (node, variables) => parse(isObject(node) ? valueFromASTUntyped(node, variables) : undefined),
});

function parse(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('must be a JSON object');
  return value as JsonObject;
}

function isObject(node: ValueNode): node is ObjectValueNode {
  return node.kind === Kind.OBJECT;
}
