/** Opened keys, kept for a while: parsing a private key costs fifteen times as much as signing with it. */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeySpec } from '../../domain/algorithms.js';
import type { KeyAttributes, KeyRef } from '../contract.js';
import { encodeContext, openBlob } from './key-blob.js';
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
  /** @throws EstateError HSM_SEALED, MASTER_KEY_MISMATCH, BLOB_REFUSED */
  open(ref: KeyRef): OpenedKey;
  forget(keyIds: readonly string[]): void;
  /** Drops all: after any change of the current master key. */
  clear(): void;
}

export function openedKeys(registers: Registers, limit: number): OpenedKeys {
  const cache = new LRUCache<string, OpenedKey>({ max: limit });
  return {
    open(ref) {
      const masterKey = registers.current();
      const name = cacheName(ref);
      const cached = cache.get(name);
      if (cached) return cached;
      const { material, ...content } = openBlob(masterKey, ref.blob, ref.context);
      const opened = {
        ...content,
        ...parseMaterial(content.spec, material),
        masterKeyId: masterKey.id,
        keyId: ref.context?.keyId ?? null,
      };
      material.fill(0);
      cache.set(name, opened);
      return opened;
    },
    forget(keyIds) {
      const gone = new Set(keyIds);
      for (const [name, opened] of cache.entries()) if (opened.keyId !== null && gone.has(opened.keyId)) cache.delete(name);
    },
    clear: () => cache.clear(),
  };
}

/** The context is part of the name: a blob that was opened once must not open under another context. */
function cacheName(ref: KeyRef): string {
  return createHash('sha256').update(encodeContext(ref.context)).update(ref.blob).digest('base64url');
}
