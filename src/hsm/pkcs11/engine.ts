/** The engine of a crypto unit whose master key lies on a token of a PKCS#11 module. */
import { createHash } from 'node:crypto';
import { EstateError } from '../../domain/errors.js';
import { concat, equalBytes, toHex } from '../bytes.js';
import { missing } from '../capabilities.js';
import type { MasterKeyRegisters } from '../contract.js';
import type { Engine, KeyUse, SealedState, StartInput } from '../engine.js';
import { emptyMemory, type MemoryMac, sealMemory } from '../memory.js';
import { type MemoryUse, type UnitMemory, unitMemory } from '../unit-memory.js';
import { type Ground, tokenKeyUse } from './key-use.js';
import { findMasterKeys, type MasterKeys, makeMasterKeys } from './master-keys.js';
import { type OpenedKeys, openedKeys } from './opened-keys.js';
import { refused } from './refusals.js';
import { removeResidents } from './residents.js';
import { type SelfTest, selfTest } from './self-test.js';
import { openToken, type Token } from './token.js';

export interface Pkcs11EngineOptions {
  /** Most keys kept as objects on the token at once. */
  readonly openedKeyLimit?: number;
  /** The token is gone: this process will never reach it again. */
  readonly onTokenLost?: () => void;
}

/** What the engine knows of its token; nothing before `start`. */
interface State {
  token: Token | null;
  test: SelfTest | null;
  masterKeys: MasterKeys | null;
  instanceId: string;
}

/** Objects of a session cost the token's memory. */
const defaultOpenedKeyLimit = 512;
const emptyRegister = { state: 'EMPTY', verificationPattern: null, partsLoaded: 0, partsTotal: 0 } as const;

/** A unit that has not logged in yet. */
export function pkcs11Engine(options: Pkcs11EngineOptions = {}): Engine {
  const state: State = { token: null, test: null, masterKeys: null, instanceId: '' };
  const masterKeys = () => state.masterKeys ?? sealed();
  const memory = unitMemory(
    () => memoryMac(masterKeys(), state.instanceId),
    (isGone) => {
      opened.drop(isGone);
      if (state.token) removeResidents(state.token, isGone);
    },
  );
  const ground: Ground = {
    token: () => state.token ?? sealed(),
    masterKeys,
    refuseDestroyed: memory.refuseDestroyed,
    capabilities: () => (state.test ?? sealed()).capabilities,
    traits: () => (state.test ?? sealed()).traits,
  };
  const opened = openedKeys(ground, options.openedKeyLimit ?? defaultOpenedKeyLimit);
  return {
    ...tokenKeyUse(ground, opened),
    ...memory.use,
    ...noCeremony,
    ...masterKeyUse(state, memory, opened, options.onTokenLost ?? (() => undefined)),
  };
}

type MasterKeyUse = Pick<Engine, 'start' | 'capabilities' | 'initialise' | 'registers'>;
type Ceremony = Omit<Engine, keyof KeyUse | keyof MemoryUse | keyof MasterKeyUse>;

function masterKeyUse(state: State, memory: UnitMemory, opened: OpenedKeys, onTokenLost: () => void): MasterKeyUse {
  const take = async (keys: MasterKeys, instanceId: string): Promise<void> => {
    const remembered = await memory.openedWith(memoryMac(keys, instanceId));
    state.instanceId = instanceId;
    state.masterKeys = keys;
    memory.hold(remembered);
  };
  return {
    async start({ sealedState, token: source }: StartInput) {
      if (!source) throw refused('TOKEN_NOT_FOUND');
      state.token ??= await openToken(source, onTokenLost);
      state.test ??= await usableTest(state.token);
      state.masterKeys = null;
      opened.clear();
      memory.load(sealedState?.memory ?? null);
      if (sealedState) await take(expectedKeys(state.token, sealedState), sealedState.instanceId);
      return registersOf(state);
    },
    capabilities: async () => (state.test ?? sealed()).capabilities,
    async initialise(instanceId) {
      if (state.masterKeys) throw refused('ALREADY_INITIALISED');
      const token = state.token ?? sealed();
      // Keys that are there already become this instance's: the token was restored, or the data folder is a new one.
      const keys = findMasterKeys(token) ?? makeMasterKeys(token);
      await take(keys, instanceId);
      const sealedMemory = await sealMemory(emptyMemory, memoryMac(keys, instanceId));
      return { instanceId, verificationPattern: keys.verificationPattern, sealedMasterKey: null, memory: sealedMemory };
    },
    registers: async () => registersOf(state),
  };
}

/** A token's master key has no parts, does not leave, and is not replaced. */
const refuseCeremony = async (): Promise<never> => {
  throw missing('ceremony', { use: 'kyok hsm init-token' });
};
const noCeremony: Ceremony = {
  importerPublicKey: refuseCeremony,
  loadPart: refuseCeremony,
  commit: refuseCeremony,
  sealNew: refuseCeremony,
  activate: refuseCeremony,
  clearNew: refuseCeremony,
  share: refuseCeremony,
  receive: refuseCeremony,
};

/** Without key wrap no key could be kept at all. */
async function usableTest(token: Token): Promise<SelfTest> {
  const test = await selfTest(token);
  const makesKeys = test.capabilities.keys.some(
    ({ algorithm, size, isExtractable }) => algorithm === 'AES' && size === '256' && isExtractable,
  );
  if (!makesKeys) throw refused('MODULE_LACKS_KEY_WRAP', { needed: ['CKM_AES_KEY_GEN', 'CKM_AES_KEY_WRAP_PAD', 'CKM_SHA256_HMAC'] });
  return test;
}

function expectedKeys(token: Token, { verificationPattern }: SealedState): MasterKeys {
  const keys = findMasterKeys(token);
  if (!keys) throw refused('TOKEN_WITHOUT_MASTER_KEY', { expected: toHex(verificationPattern) });
  if (equalBytes(keys.verificationPattern, verificationPattern)) return keys;
  throw refused('TOKEN_OF_ANOTHER_INSTANCE', { expected: toHex(verificationPattern), found: toHex(keys.verificationPattern) });
}

/** HMAC by the token: nobody without it seals a memory. */
function memoryMac(keys: MasterKeys, instanceId: string): MemoryMac {
  const name = createHash('sha256').update(instanceId, 'utf8').digest();
  return (bytes) => keys.mac('hsm memory 1', concat(name, bytes));
}

function registersOf({ masterKeys }: State): MasterKeyRegisters {
  const current = masterKeys
    ? ({ state: 'VALID', verificationPattern: masterKeys.verificationPattern } as const)
    : ({ state: 'EMPTY', verificationPattern: null } as const);
  return { current, new: emptyRegister };
}

function sealed(): never {
  throw new EstateError('HSM_SEALED');
}
