/** What an HSM remembers of its master key between two starts, and how a device key protects it. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { EstateError } from '../../domain/errors.js';
import { concat, equalBytes } from '../bytes.js';
import type { SealedState } from '../engine.js';
import type { MemoryMac } from '../memory.js';
import { type MasterKey, masterKeyBytes } from './registers.js';

/** Where a sealed state lies. */
export interface SealedStateStore {
  load(): Promise<SealedState | null>;
  /** Durable once the promise resolves. */
  save(state: SealedState): Promise<void>;
}

/** A sealed state that lasts as long as the process. */
export function memoryState(initial: SealedState | null = null): SealedStateStore {
  let state = initial;
  return {
    load: async () => state,
    save: async (next) => {
      state = next;
    },
  };
}

/**
 * Saves another memory beside the same master key.
 * @throws EstateError HSM_UNAVAILABLE with `details.reason` SEALED_STATE_NOT_WRITTEN, for example when the disk is full
 */
export async function saveMemory(store: SealedStateStore, memory: Uint8Array): Promise<void> {
  try {
    const state = await store.load();
    if (!state) throw new EstateError('HSM_SEALED');
    await store.save({ ...state, memory });
  } catch (cause) {
    if (cause instanceof EstateError) throw cause;
    throw new EstateError('HSM_UNAVAILABLE', { reason: 'SEALED_STATE_NOT_WRITTEN' }, { cause });
  }
}

/** The state to save after `previous`: a unit without a device key must not take away what a device key opened before. */
export function stateAfter(previous: SealedState | null, next: SealedState): SealedState {
  if (next.sealedMasterKey || !previous || !equalBytes(previous.verificationPattern, next.verificationPattern)) return next;
  return { ...next, sealedMasterKey: previous.sealedMasterKey };
}

const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const info = Buffer.from('kyok sealed master key 1', 'latin1');

/** salt(16) || nonce(12) || AES-256-GCM(HKDF-SHA-256(device key, salt), master key) || tag(16), bound to instance and pattern. */
export function sealMasterKey(deviceKey: Uint8Array, instanceId: string, masterKey: MasterKey): Uint8Array {
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(deviceKey, salt), nonce);
  cipher.setAAD(boundTo(instanceId, masterKey.verificationPattern));
  return concat(salt, nonce, cipher.update(masterKey.key), cipher.final(), cipher.getAuthTag());
}

/** The master key, or `null` when the device key is another one or the state was altered. */
export function openMasterKey(deviceKey: Uint8Array, state: SealedState): Uint8Array | null {
  const sealed = state.sealedMasterKey;
  if (sealed?.length !== saltBytes + nonceBytes + masterKeyBytes + tagBytes) return null;
  try {
    const nonce = sealed.subarray(saltBytes, saltBytes + nonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(deviceKey, sealed.subarray(0, saltBytes)), nonce, {
      authTagLength: tagBytes,
    });
    decipher.setAAD(boundTo(state.instanceId, state.verificationPattern));
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    return concat(decipher.update(sealed.subarray(saltBytes + nonceBytes, sealed.length - tagBytes)), decipher.final());
  } catch {
    return null;
  }
}

const memoryInfo = Buffer.from('kyok hsm memory 1', 'latin1');

/** HMAC-SHA-256 under HKDF-SHA-256(master key, instance id, "kyok hsm memory 1"): nobody without the master key seals a memory. */
export function memoryMac(masterKey: MasterKey, instanceId: string): MemoryMac {
  const key = new Uint8Array(hkdfSync('sha256', masterKey.key, Buffer.from(instanceId, 'utf8'), memoryInfo, 32));
  return (bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest());
}

function sealingKey(deviceKey: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', deviceKey, salt, info, 32));
}

function boundTo(instanceId: string, verificationPattern: Uint8Array): Uint8Array {
  return concat(verificationPattern, Buffer.from(instanceId, 'utf8'));
}
