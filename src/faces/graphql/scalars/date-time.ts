import { GraphQLScalarType, Kind } from 'graphql';
import type { Timestamp } from '../../../domain/entity.js';

const form = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** A moment; text inside too, since timestamps sort as text. Whatever offset comes in, UTC goes on. */
export const DateTime = new GraphQLScalarType<Timestamp, string>({
  name: 'DateTime',
  description: 'A moment as RFC 3339 writes it, answered in UTC with milliseconds: `2026-11-23T12:00:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => value as Timestamp,
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
});

function parse(value: unknown): Timestamp {
  const time = typeof value === 'string' && form.test(value) ? new Date(value) : undefined;
  if (!time || Number.isNaN(time.getTime())) throw new TypeError('must be a moment such as 2026-11-23T12:00:00Z');
  return time.toISOString();
}
