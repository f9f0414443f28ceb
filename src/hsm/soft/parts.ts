import { EstateError } from '../../domain/errors.js';
import type { EncryptedPart } from '../contract.js';

/** @throws EstateError KEY_PART_INVALID when the part was not encrypted for the unit. */
export function encryptedFor(part: EncryptedPart, unit: number): Uint8Array {
  const found = part.byUnit.find((entry) => entry.unit === unit);
  if (!found) throw new EstateError('KEY_PART_INVALID', { unit });
  return found.encrypted;
}
