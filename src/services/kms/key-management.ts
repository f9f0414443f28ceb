/** The key management service as the internal keystore sees it. */
import type { Id } from '../../domain/entity.js';
import type { RemoteKey } from '../../domain/remote-key.js';
import type { KeyManagementPort } from '../../keystores/contract.js';
import { changed } from '../tracked.js';
import { destroyKey } from './destroy.js';
import { forgetKey } from './forget.js';
import type { KmsFoundation } from './foundation.js';
import { installVersion } from './install.js';
import { remoteKeyOf } from './remote-key.js';
import { ensureRing, ringOf } from './rings.js';
import { ownedKey, versionsOf } from './root-keys.js';
import { step, stepOnKey } from './step.js';

/**
 * The service's side of the internal keystore: a ring per keystore, a root key per managed key. Each step is one
 * transaction with its audit event, and a repeated step changes nothing.
 */
export function keyManagement(foundation: KmsFoundation): KeyManagementPort {
  return {
    ensureRing: async (keystore) => {
      // Rings are there nearly always; looking first keeps that case out of the write queue.
      const ring = await ringOf(foundation.store.read, keystore.id);
      if (ring?.name === keystore.name) return;
      await step(foundation, async (tx, context) => {
        const done = await ensureRing(tx, context, keystore);
        if (done === 'UNCHANGED') return undefined;
        const target = { kind: 'key-ring', id: keystore.id, name: keystore.name, vaultId: keystore.vaultId };
        return { action: done === 'MADE' ? 'key-ring.create' : 'key-ring.update', target };
      });
    },
    inspectManagedKey: async (keystoreId, managedKeyId) => await inspect(foundation, keystoreId, managedKeyId),
    installVersion: async (key, version) => await installVersion(foundation, key, version),
    setVersionState: async (keystoreId, managedKeyId, version, state) => {
      await stepOnKey(foundation, keystoreId, managedKeyId, async (tx, context, key) => {
        const found = (await versionsOf(tx, key.id)).find((candidate) => candidate.version === version);
        if (!found || found.state === state || found.state === 'DESTROYED') return undefined;
        await tx.update('kmsKeyVersion', changed(context, found, { state }));
        return { action: 'kms-key.set-version-state', details: { version, before: found.state, after: state } };
      });
    },
    setState: async (keystoreId, managedKeyId, state) => {
      await stepOnKey(foundation, keystoreId, managedKeyId, async (tx, context, key) => {
        if (key.state === state) return undefined;
        await tx.update('kmsKey', changed(context, key, { state }));
        return { action: 'kms-key.set-state', details: { before: key.state, after: state } };
      });
      if (state === 'DEACTIVATED') await forgetKey(foundation, managedKeyId);
    },
    rename: async (keystoreId, managedKeyId, name) => {
      await stepOnKey(foundation, keystoreId, managedKeyId, async (tx, context, key) => {
        if (key.name === name) return undefined;
        await tx.update('kmsKey', changed(context, key, { name }));
        return { action: 'kms-key.rename', details: { before: key.name, after: name } };
      });
    },
    scheduleDestruction: async (keystoreId, managedKeyId, until) => {
      await stepOnKey(foundation, keystoreId, managedKeyId, async (tx, context, key) => {
        if (key.pendingUntil === until) return undefined;
        await tx.update('kmsKey', changed(context, key, { pendingUntil: until }));
        return { action: 'kms-key.schedule-destruction', details: { until } };
      });
      await forgetKey(foundation, managedKeyId);
    },
    cancelDestruction: async (keystoreId, managedKeyId) => {
      await stepOnKey(foundation, keystoreId, managedKeyId, async (tx, context, key) => {
        if (key.pendingUntil === null) return undefined;
        await tx.update('kmsKey', changed(context, key, { pendingUntil: null }));
        return { action: 'kms-key.cancel-destruction' };
      });
    },
    destroy: async (keystoreId, managedKeyId) => await destroyKey(foundation, keystoreId, managedKeyId),
    listManagedKeys: (keystoreId) => list(foundation, keystoreId),
  };
}

async function inspect(foundation: KmsFoundation, keystoreId: Id, managedKeyId: Id): Promise<RemoteKey | null> {
  const { read } = foundation.store;
  const key = await ownedKey(read, keystoreId, managedKeyId);
  return key ? remoteKeyOf(key, await versionsOf(read, key.id)) : null;
}

/** The keys of a ring that managed keys own and that are not destroyed. */
async function* list({ store: { read } }: KmsFoundation, keystoreId: Id): AsyncGenerator<RemoteKey> {
  const ring = await ringOf(read, keystoreId);
  if (!ring) return;
  const where = { ringId: { eq: ring.id }, managedKeyId: { ne: null }, state: { ne: 'DESTROYED' } };
  let cursor: string | undefined;
  do {
    const page = await read.page('kmsKey', { where, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    for (const { entity } of page.items) {
      if (entity.managedKeyId === null) continue;
      yield remoteKeyOf({ ...entity, managedKeyId: entity.managedKeyId }, await versionsOf(read, entity.id));
    }
    cursor = page.hasNext ? page.items.at(-1)?.cursor : undefined;
  } while (cursor !== undefined);
}
