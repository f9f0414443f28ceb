import type { KeyObject } from 'node:crypto';
import type { Mechanism } from '../../../domain/algorithms.js';
import type { CipherItem } from '../../contract.js';
import type { KeyHandle } from '../key-kinds.js';

type Bytes = Uint8Array | Promise<Uint8Array>;

/**
 * One row of the mechanism table: what it can do, each with a key that was opened and whose attributes allow it.
 * Functions throw anything on failure; the engine answers with one uniform error and never with the reason.
 */
export interface MechanismRow {
  readonly mechanism: Mechanism;
  readonly encrypt?: (handle: KeyHandle, item: CipherItem) => Bytes;
  readonly decrypt?: (handle: KeyHandle, item: CipherItem) => Bytes;
  readonly sign?: (handle: KeyHandle, data: Uint8Array) => Bytes;
  readonly verify?: (handle: KeyHandle, data: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;
  /** Wraps another key's material. */
  readonly wrap?: (handle: KeyHandle, material: Uint8Array) => Uint8Array;
  readonly unwrap?: (handle: KeyHandle, wrapped: Uint8Array) => Uint8Array;
  /** Wraps material for somebody else's RSA public key. */
  readonly exportTo?: (publicKey: KeyObject, material: Uint8Array) => Uint8Array;
  /** A shared secret's first `length` bytes after its key derivation function. */
  readonly derive?: (handle: KeyHandle, peer: KeyObject, info: Uint8Array, length: number) => Uint8Array;
  /** Whether additional authenticated data is part of it. */
  readonly hasAad?: boolean;
}
