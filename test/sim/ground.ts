/** What every history begins with: made once in a process, copied for each. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hsm, KeyRef } from '../../src/hsm/contract.js';
import { memoryState, type SealedStateStore } from '../../src/hsm/soft/sealed-state.js';
import { softHsm } from '../../src/hsm/soft/soft-hsm.js';
import { keystoreTypes } from '../../src/keystores/index.js';
import { internalKeystore } from '../../src/keystores/internal/internal-keystore.js';
import type { Call } from '../../src/services/call.js';
import type { Estate } from '../../src/services/estate.js';
import { createKeystore } from '../../src/services/keystores/create.js';
import { keyManagement } from '../../src/services/kms/key-management.js';
import { perform } from '../../src/services/perform.js';
import { createVault } from '../../src/services/vaults/create.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';
import { faultyKeystore } from '../fakes/faulty-keystore.js';
import { type MemoryDisk, memoryDisk } from '../fakes/memory-store/disk.js';

export interface Ground {
  /** A vault with an internal keystore and a cloud's, both of group `keys`. */
  newDisk(): MemoryDisk;
  newSealedState(): SealedStateStore;
  openHsm(sealedState: SealedStateStore): Promise<Hsm>;
  /** Everything that an estate needs and a history does not replace. */
  readonly base: Estate;
  readonly admin: Call['principal'];
  readonly vaultId: string;
  readonly keystoreIds: readonly string[];
  close(): Promise<void>;
}

export const cloudType = 'faulty';

export async function newGround(): Promise<Ground> {
  const world = await testEstate();
  const deviceKey = { file: join(world.folder, 'device.key') };
  writeFileSync(deviceKey.file, randomBytes(32).toString('hex'), { mode: 0o600 });
  const first = memoryState();
  const hsm = await softHsm({ sealedState: first, deviceKey });
  const rsa = await readyRsaKey(hsm);
  const disk = memoryDisk();
  const made = await prepare(world, hsm, disk);
  disk.crash();
  const sealed = await first.load();
  return {
    ...made,
    newDisk: () => disk.fork(),
    newSealedState: () => memoryState(sealed),
    openHsm: async (sealedState) => withReadyRsa(await softHsm({ sealedState, deviceKey }), rsa),
    base: world.estate,
    admin: world.admin.principal,
    close: async () => {
      await hsm.close();
      await world.close();
    },
  };
}

/** The administrator, a vault and its keystores. */
async function prepare({ estate, admin, clock }: TestEstate, hsm: Hsm, disk: MemoryDisk): Promise<Pick<Ground, 'vaultId' | 'keystoreIds'>> {
  const store = await disk.open();
  const principal = await estate.store.read.get('principal', admin.principal.id);
  const bindings = await estate.store.read.find('roleBinding', { principalId: { eq: admin.principal.id } });
  await store.write(async (tx) => {
    if (principal) await tx.insert('principal', principal);
    await tx.insertMany('roleBinding', bindings);
  });
  const foundation = { ...estate, store, hsm };
  const cloud = faultyKeystore({ now: clock.now, type: cloudType });
  const own: Estate = { ...foundation, keystoreTypes: keystoreTypes([internalKeystore(keyManagement(foundation)), cloud.driver]) };
  const { id: vaultId } = await perform(own, admin, createVault, { name: 'Retail' });
  const keystoreIds: string[] = [];
  for (const type of ['internal', cloudType]) {
    keystoreIds.push((await perform(own, admin, createKeystore, { vaultId, type, name: type, groups: ['keys'] })).id);
  }
  return { vaultId, keystoreIds };
}

/** RSA keys take long to make: one is made, and every new one is that one again, taken in under its own context. */
interface ReadyRsaKey {
  readonly wrappingKey: KeyRef;
  readonly wrapped: Uint8Array;
}

async function readyRsaKey(hsm: Hsm): Promise<ReadyRsaKey> {
  const usages = ['WRAP', 'UNWRAP'] as const;
  const wrappingKey = {
    blob: (await hsm.generateKey({ algorithm: 'AES', size: '256' }, { usages, extractable: false }, null)).blob,
    context: null,
  };
  const rsa = await hsm.generateKey({ algorithm: 'RSA', size: '3072' }, { usages: ['UNWRAP'], extractable: true }, null);
  return { wrappingKey, wrapped: await hsm.wrapKey(wrappingKey, { blob: rsa.blob, context: null }, 'AES_KWP') };
}

function withReadyRsa(hsm: Hsm, { wrappingKey, wrapped }: ReadyRsaKey): Hsm {
  const generateKey: Hsm['generateKey'] = async (spec, attributes, context) =>
    spec.algorithm === 'RSA'
      ? await hsm.unwrapKey(wrappingKey, wrapped, 'AES_KWP', spec, attributes, context)
      : await hsm.generateKey(spec, attributes, context);
  return { ...hsm, generateKey };
}
