/** Opened keys: their blobs authenticated, their objects on the token while somebody may want them again. */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { EstateError } from '../../domain/errors.js';
import { encodeContext } from '../blob-context.js';
import type { KeyRef } from '../contract.js';
import { ck, type Handle, input } from './cryptoki.js';
import { type BlobContent, readBlob } from './key-blob.js';
import type { MasterKeys } from './master-keys.js';
import type { UsableKey } from './mechanisms/mechanism.js';
import { sessionTemplate } from './objects.js';
import { publicKeyFrom } from './public-keys.js';
import { findResident } from './residents.js';
import type { Token } from './token.js';

export interface OpenedKey extends BlobContent, UsableKey {
  readonly masterKeyId: Uint8Array;
  readonly keyId: string | null;
}

export interface OpenedKeys {
  /**
   * Runs a use with the opened key; its object stays until the use is over, whatever happens meanwhile.
   * @throws EstateError HSM_SEALED, MASTER_KEY_MISMATCH, BLOB_REFUSED, KEY_DESTROYED
   */
  use<Result>(ref: KeyRef, use: (key: OpenedKey) => Promise<Result>): Promise<Result>;
  /** The key as an object that can be wrapped, for one use. The caller has checked that the key may leave. */
  asTarget<Result>(key: OpenedKey, use: (target: Handle) => Result): Result;
  /**
   * Drops what is open of these keys. For a while nothing of them is kept again either: a use that was under way may
   * still bring a blob that was read before the key ended.
   */
  forget(keyIds: readonly string[]): void;
  /** Drops what is open of the keys that end for ever. */
  drop(isGone: (keyId: string) => boolean): void;
  clear(): void;
}

/** What the opened keys stand on. */
export interface OpenedKeysGround {
  /** @throws EstateError HSM_SEALED */
  token(): Token;
  /** @throws EstateError HSM_SEALED */
  masterKeys(): MasterKeys;
  /** @throws EstateError KEY_DESTROYED · HSM_SEALED */
  refuseDestroyed(keyId: string | null): void;
}

interface Held {
  readonly key: OpenedKey;
  users: number;
  isKept: boolean;
  /** Takes the object off the token. */
  close(): void;
}

/** A key that nobody uses leaves the token by itself, and so does one whose end this unit was never told of. */
const keptMilliseconds = 5 * 60_000;
/** Longer than any use can be under way, with all its attempts. */
const forgottenMilliseconds = 10 * 60_000;
const mostForgotten = 10_000;

/** @param perf tells the milliseconds; it never goes back */
export function openedKeys(ground: OpenedKeysGround, limit: number, perf: { now(): number } = performance): OpenedKeys {
  const cache = new LRUCache<string, Held>({
    max: limit,
    ttl: keptMilliseconds,
    ttlAutopurge: true,
    perf,
    dispose(held) {
      held.isKept = false;
      if (held.users === 0) held.close();
    },
  });
  const forgotten = new LRUCache<string, true>({ max: mostForgotten, ttl: forgottenMilliseconds, perf });
  const open = (ref: KeyRef): Held => {
    const masterKeys = ground.masterKeys();
    const name = cacheName(ref);
    const cached = cache.get(name);
    if (cached) return cached;
    const keyId = ref.context?.keyId ?? null;
    ground.refuseDestroyed(keyId);
    const held = heldKey(ground.token(), masterKeys, ref, keyId);
    if (keyId === null || !forgotten.has(keyId)) {
      held.isKept = true;
      cache.set(name, held);
    }
    return held;
  };
  const dropWhere = (isGone: (keyId: string) => boolean) => {
    for (const [name, { key }] of cache.entries()) if (key.keyId !== null && isGone(key.keyId)) cache.delete(name);
  };
  return {
    async use(ref, use) {
      const held = open(ref);
      held.users += 1;
      try {
        return await use(held.key);
      } finally {
        held.users -= 1;
        if (held.users === 0 && !held.isKept) held.close();
      }
    },
    asTarget: (key, use) => {
      const token = ground.token();
      const target = unwrapped(token, ground.masterKeys(), key, true);
      try {
        return use(target);
      } finally {
        destroyQuietly(token, target);
      }
    },
    forget(keyIds) {
      const gone = new Set(keyIds);
      for (const keyId of gone) forgotten.set(keyId, true);
      dropWhere((keyId) => gone.has(keyId));
    },
    drop: dropWhere,
    clear: () => cache.clear(),
  };
}

function heldKey(token: Token, masterKeys: MasterKeys, ref: KeyRef, keyId: string | null): Held {
  const content = readBlob(masterKeys, ref.blob, ref.context);
  let object: Handle | null = null;
  const key: OpenedKey = {
    ...content,
    keyId,
    masterKeyId: masterKeys.id,
    publicKey: content.spki && publicKeyFrom(content.spki),
    object() {
      object ??= content.place === 'ON_TOKEN' ? resident(token, content) : unwrapped(token, masterKeys, content, false);
      return object;
    },
  };
  return {
    key,
    users: 0,
    isKept: false,
    close() {
      // An object of the token is not this process's to destroy.
      if (!object || content.place === 'ON_TOKEN') return;
      const handle = object;
      object = null;
      destroyQuietly(token, handle);
    },
  };
}

/** The key as an object of the session: with the rights of its attributes, or none but to be wrapped. */
function unwrapped(token: Token, masterKeys: MasterKeys, { spec, attributes, key }: BlobContent, asTarget: boolean): Handle {
  const template = sessionTemplate(spec, asTarget ? [] : attributes.usages, asTarget);
  return opening(() =>
    token.call((module, home) =>
      module.C_UnwrapKey(home, { mechanism: ck.CKM_AES_KEY_WRAP_PAD }, masterKeys.wrapping, input(key), template),
    ),
  );
}

function resident(token: Token, { key }: BlobContent): Handle {
  return opening(() => findResident(token, Buffer.from(key).toString('utf8')));
}

/** A blob that is authentic and yet does not open: another wrapping key, or a key that is gone from the token. */
function opening(open: () => Handle): Handle {
  try {
    return open();
  } catch (error) {
    if (error instanceof EstateError) throw error;
    throw new EstateError('BLOB_REFUSED');
  }
}

/** The token may be gone, and the object with it. */
function destroyQuietly(token: Token, object: Handle): void {
  try {
    token.call((module, home) => module.C_DestroyObject(home, object));
  } catch {
    // Nothing is left to be destroyed; the token's own trouble shows at the next use.
  }
}

/** The context is part of the name: a blob that was opened once must not open under another context. */
function cacheName(ref: KeyRef): string {
  return createHash('sha256').update(encodeContext(ref.context)).update(ref.blob).digest('base64url');
}
