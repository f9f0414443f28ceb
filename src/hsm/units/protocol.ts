/** What server and unit say to each other: a request names a method of the engine, a reply carries its number. */
import { type ErrorCode, EstateError, errorCatalogue } from '../../domain/errors.js';
import type { Engine } from '../engine.js';

export type UnitMethod = keyof Engine;

/**
 * Every method a unit answers, and whether a request that was in flight when its unit died may be sent to another.
 * Key use may: nothing is stored inside. Steps of a ceremony may not: the register they moved is gone with the unit.
 */
export const unitMethods: Readonly<Record<UnitMethod, { readonly isRepeatable: boolean }>> = {
  generateRandom: { isRepeatable: true },
  digest: { isRepeatable: true },
  generateKey: { isRepeatable: true },
  encrypt: { isRepeatable: true },
  decrypt: { isRepeatable: true },
  sign: { isRepeatable: true },
  verify: { isRepeatable: true },
  deriveKey: { isRepeatable: true },
  wrapKey: { isRepeatable: true },
  unwrapKey: { isRepeatable: true },
  exportKey: { isRepeatable: true },
  inspect: { isRepeatable: true },
  reencipher: { isRepeatable: true },
  readMemory: { isRepeatable: true },
  changedMemory: { isRepeatable: true },
  destroyedAmong: { isRepeatable: true },
  adoptMemory: { isRepeatable: false },
  forget: { isRepeatable: false },
  capabilities: { isRepeatable: true },
  start: { isRepeatable: false },
  initialise: { isRepeatable: false },
  registers: { isRepeatable: false },
  importerPublicKey: { isRepeatable: false },
  loadPart: { isRepeatable: false },
  commit: { isRepeatable: false },
  sealNew: { isRepeatable: false },
  activate: { isRepeatable: false },
  clearNew: { isRepeatable: false },
  share: { isRepeatable: false },
  receive: { isRepeatable: false },
};

export type Request = readonly [id: number, method: UnitMethod, args: readonly unknown[]];
export type Reply =
  | readonly [id: number, status: 'ok', value: unknown]
  | readonly [id: number, status: 'error', code: ErrorCode, details: Readonly<Record<string, unknown>>];

/** A decoded frame as a request, or `null` when it is none. */
export function asRequest(value: unknown): Request | null {
  if (!Array.isArray(value) || value.length !== 3) return null;
  const [id, method, args] = value as unknown[];
  const isSound = isId(id) && typeof method === 'string' && Object.hasOwn(unitMethods, method) && Array.isArray(args);
  return isSound ? [id, method as UnitMethod, args] : null;
}

/** A decoded frame as a reply, or `null` when it is none. */
export function asReply(value: unknown): Reply | null {
  if (!Array.isArray(value)) return null;
  const [id, status, third, fourth] = value as unknown[];
  if (!isId(id)) return null;
  if (status === 'ok' && value.length === 3) return [id, 'ok', third];
  const isError = status === 'error' && typeof third === 'string' && Object.hasOwn(errorCatalogue, third);
  if (!isError || typeof fourth !== 'object' || fourth === null) return null;
  return [id, 'error', third as ErrorCode, fourth as Record<string, unknown>];
}

/** A failure as it may cross the socket: codes and details, never a message or a stack. */
export function errorReply(id: number, error: unknown): Reply {
  return error instanceof EstateError ? [id, 'error', error.code, error.details] : [id, 'error', 'CRYPTO_FAILED', {}];
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
