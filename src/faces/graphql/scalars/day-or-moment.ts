import { GraphQLScalarType, Kind } from 'graphql';
import { DateTime } from './date-time.js';
import { DateOnly } from './plain-date.js';

/** Filters on times take a whole day too. */
export const DayOrMoment = new GraphQLScalarType<string, string>({
  name: 'DateOrDateTime',
  description: 'A calendar day (all of it) or a moment: `2026-11-23` or `2026-11-23T12:00:00Z`.',
  serialize: (value) => value as string,
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
});

function parse(value: unknown): string {
  return typeof value === 'string' && value.length === 10 ? DateOnly.parseValue(value) : DateTime.parseValue(value);
}
