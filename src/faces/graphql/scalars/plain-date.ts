import { GraphQLScalarType, Kind } from 'graphql';
import type { PlainDate } from '../../../domain/entity.js';

/** A calendar day without a time zone; text inside too. Operations check that the day exists. */
export const DateOnly = new GraphQLScalarType<PlainDate, string>({
  name: 'Date',
  description: 'A calendar day: `2026-11-23`.',
  serialize: (value) => value as PlainDate,
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
});

function parse(value: unknown): PlainDate {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) throw new TypeError('must be a day such as 2026-11-23');
  return value;
}
