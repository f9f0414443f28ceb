/** Opened keys, kept for a while: parsing a private key costs fifteen times as much as signing with it. */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeySpec } from '../../domain/algorithms.js';
import { encodeContext } from '../blob-context.js';
import type { KeyAttributes, KeyRef } from '../contract.js';
import { openBlob } from './key-blob.js';
import { type KeyHandle, parseMaterial } from './key-kinds.js';
import type { Registers } from './registers.js';

export interface OpenedKey extends KeyHandle {
  readonly spec: KeySpec;
  readonly attributes: KeyAttributes;
  readonly isLocal: boolean;
  readonly masterKeyId: Uint8Array;
  /** The key id it is bound to; `null` when bound to nothing. */
  readonly keyId: string | null;
}

export interface OpenedKeys {
  /** @throws EstateError HSM_SEALED, MASTER_KEY_MISMATCH, BLOB_REFUSED, KEY_DESTROYED */
  open(ref: KeyRef): OpenedKey;
  /**
   * Drops what is open of these keys. For a while nothing of them is kept again either: a use that was under way may
   * still bring a blob that was read before the key ended.
   */
  forget(keyIds: readonly string[]): void;
  /** Drops what is open of the keys that end for ever. */
  drop(isGone: (keyId: string) => boolean): void;
  /** Drops all: after any change of the current master key. */
  clear(): void;
}

/** A key that nobody uses leaves memory by itself, and so does one whose end this unit was never told of. */
const keptMilliseconds = 5 * 60_000;
/** Longer than any use can be under way, with all its attempts. */
const forgottenMilliseconds = 10 * 60_000;
const mostForgotten = 10_000;

/**
 * @param refuseDestroyed throws for the id of a destroyed key; it is asked before a blob is opened
 * @param perf tells the milliseconds; it never goes back
 */
export function openedKeys(
  registers: Registers,
  limit: number,
  refuseDestroyed: (keyId: string | null) => void,
  perf: { now(): number } = performance,
): OpenedKeys {
  const cache = new LRUCache<string, OpenedKey>({ max: limit, ttl: keptMilliseconds, ttlAutopurge: true, perf });
  const forgotten = new LRUCache<string, true>({ max: mostForgotten, ttl: forgottenMilliseconds, perf });
  return {
    open(ref) {
      const masterKey = registers.current();
      const name = cacheName(ref);
      const cached = cache.get(name);
      if (cached) return cached;
      refuseDestroyed(ref.context?.keyId ?? null);
      const { material, ...content } = openBlob(masterKey, ref.blob, ref.context);
      const opened = {
        ...content,
        ...parseMaterial(content.spec, material),
        masterKeyId: masterKey.id,
        keyId: ref.context?.keyId ?? null,
      };
      material.fill(0);
      if (opened.keyId === null || !forgotten.has(opened.keyId)) cache.set(name, opened);
      return opened;
    },
    forget(keyIds) {
      const gone = new Set(keyIds);
      for (const keyId of gone) forgotten.set(keyId, true);
      for (const [name, opened] of cache.entries()) if (opened.keyId !== null && gone.has(opened.keyId)) cache.delete(name);
    },
    drop(isGone) {
      for (const [name, opened] of cache.entries()) if (opened.keyId !== null && isGone(opened.keyId)) cache.delete(name);
    },
    clear: () => cache.clear(),
  };
}

/** The context is part of the name: a blob that was opened once must not open under another context. */
function cacheName(ref: KeyRef): string {
  return createHash('sha256').update(encodeContext(ref.context)).update(ref.blob).digest('base64url');
}
