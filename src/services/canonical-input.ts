/** Operation inputs in one canonical form, with secrets as references: what audit, client tokens and approvals bind to. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../domain/canonical-json.js';
import type { JsonObject, JsonValue } from '../domain/entity.js';
import type { Estate } from './estate.js';
import type { Operation } from './operation.js';

/** The input as JSON: bytes become `{"$sha256": …}`, secrets `{"$secret": keyed hash}`, absent fields are left out. */
export function canonicalInput<Input>(estate: Estate, operation: Operation<Input, unknown>, input: Input): JsonObject {
  const secretPaths = (operation.secretPaths?.(estate, input) ?? []).map((path) => path.split('.'));
  return canonical(estate, input, secretPaths) as JsonObject;
}

/** What an audit event records of the input: the canonical input, or of uses what the operation says. */
export function recordedInput<Input>(estate: Estate, operation: Operation<Input, unknown>, input: Input): JsonObject {
  if (operation.effect !== 'USE') return canonicalInput(estate, operation, input);
  return operation.recorded?.(input) ?? canonicalInput(estate, operation, sizesOf(input) as Input);
}

/** The same with `{"$bytes": length}` where bytes are. */
function sizesOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: value.length };
  if (Array.isArray(value)) return value.map(sizesOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, sizesOf(field)]));
}

/** SHA-256 of the canonical input, lower-case hex. */
export function inputDigest<Input>(estate: Estate, operation: Operation<Input, unknown>, input: Input): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(canonicalInput(estate, operation, input)))));
}

type Paths = readonly (readonly string[])[];

function canonical(estate: Estate, value: unknown, secretPaths: Paths): JsonValue {
  if (secretPaths.some((path) => path.length === 0)) return secretReference(estate, value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return { $sha256: bytesToHex(sha256(value)) };
  if (Array.isArray(value)) return value.map((item, index) => canonical(estate, item, below(secretPaths, String(index))));
  const fields = Object.entries(value as Record<string, unknown>).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, canonical(estate, field, below(secretPaths, name))]));
}

function below(paths: Paths, step: string): Paths {
  return paths.filter(([first]) => first === step || first === '*').map(([, ...rest]) => rest);
}

function secretReference(estate: Estate, value: unknown): JsonValue {
  if (value === null) return null;
  const bytes = value instanceof Uint8Array ? value : utf8ToBytes(typeof value === 'string' ? value : JSON.stringify(value));
  return { $secret: estate.keyedHash(bytes) };
}
