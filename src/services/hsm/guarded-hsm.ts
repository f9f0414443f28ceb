/** The HSM as operations get it: it uses no key before database and HSM state are known to belong together. */
import type { EstateError } from '../../domain/errors.js';
import type { Hsm, HsmMemory } from '../../hsm/contract.js';
import type { Log } from '../estate.js';
import { isRolledBack } from './continuity.js';

export interface GuardedHsm {
  readonly hsm: Hsm;
  /** Checks unless that was done. A rollback stays: from then on no key is used until the next start. */
  verify(): Promise<void>;
  /** No key is used any more: a rollback was seen while the server ran. */
  refuse(error: EstateError): void;
}

/** @param check throws EstateError AUDIT_ROLLED_BACK or HSM_STATE_ROLLED_BACK, or what says that it could not be done now */
export function guardedHsm(hsm: Hsm, check: () => Promise<void>, log: Log): GuardedHsm {
  let isSound = false;
  let refusal: EstateError | undefined;
  let running: Promise<void> | undefined;
  const refuse = (error: EstateError) => {
    if (!refusal) log.error({ err: error, details: error.details }, 'database and HSM state do not belong together: no key is used');
    refusal ??= error;
  };
  const verify = async () => {
    if (refusal) throw refusal;
    if (isSound) return;
    running ??= check()
      .then(() => {
        isSound = true;
      })
      .finally(() => {
        running = undefined;
      });
    await running.catch((error: unknown) => {
      if (isRolledBack(error)) refuse(error);
      throw error;
    });
  };
  const guarded =
    <Args extends readonly unknown[], Result>(use: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (!isSound || refusal) await verify();
      return await use(...args);
    };
  return {
    verify,
    refuse,
    hsm: {
      ...hsm,
      ...guardedUses(hsm, guarded),
      memory: guardedMemory(hsm.memory, guarded),
      masterKey: {
        ...hsm.masterKey,
        async activate(...args) {
          const registers = await hsm.masterKey.activate(...args);
          // Told to whoever unseals; what cannot be checked now is checked before the first use of a key.
          await verify().catch((error: unknown) => {
            if (isRolledBack(error)) throw error;
          });
          return registers;
        },
      },
    },
  };
}

type Guarded = <Args extends readonly unknown[], Result>(use: (...args: Args) => Promise<Result>) => (...args: Args) => Promise<Result>;

/** All but what tells of the HSM, what unseals it, and what closes keys. */
function guardedUses(hsm: Hsm, guarded: Guarded): Omit<Hsm, 'capabilities' | 'forget' | 'status' | 'masterKey' | 'memory' | 'close'> {
  return {
    generateRandom: guarded((...args) => hsm.generateRandom(...args)),
    digest: guarded((...args) => hsm.digest(...args)),
    generateKey: guarded((...args) => hsm.generateKey(...args)),
    encrypt: guarded((...args) => hsm.encrypt(...args)),
    decrypt: guarded((...args) => hsm.decrypt(...args)),
    sign: guarded((...args) => hsm.sign(...args)),
    verify: guarded((...args) => hsm.verify(...args)),
    deriveKey: guarded((...args) => hsm.deriveKey(...args)),
    wrapKey: guarded((...args) => hsm.wrapKey(...args)),
    unwrapKey: guarded((...args) => hsm.unwrapKey(...args)),
    exportKey: guarded((...args) => hsm.exportKey(...args)),
    inspect: guarded((...args) => hsm.inspect(...args)),
    reencipher: guarded((...args) => hsm.reencipher(...args)),
  };
}

/** A database that was put back must change nothing of what tells on it. */
function guardedMemory(memory: HsmMemory, guarded: Guarded): HsmMemory {
  return {
    read: () => memory.read(),
    destroyedAmong: (keyIds) => memory.destroyedAmong(keyIds),
    rememberCheckpoint: guarded((checkpoint) => memory.rememberCheckpoint(checkpoint)),
    acceptRollback: guarded((to) => memory.acceptRollback(to)),
    destroy: guarded((keyIds) => memory.destroy(keyIds)),
    merge: guarded((sealed) => memory.merge(sealed)),
  };
}
