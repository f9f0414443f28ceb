import { GraphQLScalarType, Kind } from 'graphql';
import { fromBase64, toBase64 } from '../../../domain/base64.js';

/** Bytes as standard base64 text on the wire, `Uint8Array` inside. */
export const Base64 = new GraphQLScalarType<Uint8Array, string>({
  name: 'Base64',
  description: 'Bytes in standard base64 with padding (RFC 4648 section 4).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc4648#section-4',
  serialize: (value) => toBase64(value as Uint8Array),
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
});

function parse(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw new TypeError('must be base64 text');
  return fromBase64(value);
}
