/** The neutral snapshot of a store and of what the cloud's keystores hold. */
import { treeRoot } from '../../src/domain/audit-log.js';
import type { Entities, Noun, Store } from '../../src/store/contract.js';
import type { FaultyKeystore } from '../fakes/faulty-keystore.js';
import { situationFrom } from '../histories/key-model.js';
import type { CopySeen, HeadSeen, Opened, Snapshot } from '../histories/snapshot.js';

export async function headOf(store: Store): Promise<HeadSeen> {
  const size = await store.audit.size();
  return { size, root: await treeRoot(size, (level, position) => store.audit.node(level, position)) };
}

export async function snapshotOf(
  store: Store,
  cloud: FaultyKeystore,
  checkpoints: readonly HeadSeen[],
  opened: readonly Opened[],
): Promise<Snapshot> {
  const all = <N extends Noun>(noun: N) => store.read.find(noun, {});
  const [vaults, keystores, templates, keys] = [
    await all('vault'),
    await all('keystore'),
    await all('keyTemplate'),
    await all('managedKey'),
  ];
  const [versions, instances, blobs] = [await all('keyVersion'), await all('keyInstance'), await all('keyBlob')];
  const head = await headOf(store);
  return {
    vaults: vaults.map(({ id, name, state, revision }) => ({ id, name, vaultId: null, isRetired: state === 'RETIRED', revision })),
    keystores: keystores.map(({ id, name, vaultId, state, revision, type }) => ({
      id,
      name,
      vaultId,
      isRetired: state === 'RETIRED',
      revision,
      type,
    })),
    keyTemplates: templates.map(({ id, name, vaultId, state, revision }) => ({
      id,
      name,
      vaultId,
      isRetired: state === 'RETIRED',
      revision,
    })),
    keys: keys.map(({ id, vaultId, label, revision, state, destroyAt, version }) => {
      return { id, vaultId, label, revision, situation: situationFrom(state, destroyAt !== null), version };
    }),
    versions: versions.map(({ managedKeyId, version, state, verificationPatterns }) => {
      return { keyId: managedKeyId, version, state, fingerprint: verificationPatterns[0]?.value ?? '' };
    }),
    instances: instances.map(instanceSeen),
    copies: [...(await ringCopies(store)), ...keystores.flatMap(({ id }) => cloudCopies(cloud, id))],
    log: { records: await store.audit.read(0, head.size), head, checkpoints },
    blobs: blobs
      .filter(({ ownerKind }) => ownerKind === 'KEY_VERSION')
      .map(({ context }) => ({ keyId: context?.keyId ?? '', version: context?.version ?? 0 })),
    opened,
  };
}

function instanceSeen(instance: Entities['keyInstance']): Snapshot['instances'][number] {
  const { id, managedKeyId, keystoreId, targetId, desiredState, name, status, syncFlag, error, nextAttemptAt } = instance;
  return {
    id,
    keyId: managedKeyId,
    keystoreId,
    isTargeted: targetId !== null,
    desired: desiredState,
    name,
    status,
    syncFlag,
    error: error?.code ?? null,
    isDue: nextAttemptAt !== null,
  };
}

function cloudCopies(cloud: FaultyKeystore, keystoreId: string): CopySeen[] {
  return cloud.keys(keystoreId).map((key) => ({ ...key, keystoreId, keyId: key.managedKeyId }));
}

/** An internal keystore is a ring in the same store. */
async function ringCopies({ read }: Store): Promise<CopySeen[]> {
  const rings = new Map((await read.find('keyRing', {})).map((ring) => [ring.id, ring.keystoreId]));
  const versions = await read.find('kmsKeyVersion', {});
  return (await read.find('kmsKey', {})).flatMap((key): CopySeen[] => {
    const keystoreId = rings.get(key.ringId);
    if (!keystoreId || !key.managedKeyId) return [];
    const own = versions.filter(({ kmsKeyId }) => kmsKeyId === key.id);
    const newest = Math.max(...own.map(({ version }) => version));
    const state = key.pendingUntil === null ? (key.state as CopySeen['state']) : 'PENDING_DESTRUCTION';
    const held = own.map(({ version, fingerprint, state: ownState }) => ({
      version,
      fingerprint,
      state: ownState,
      isCurrent: version === newest,
    }));
    return [{ keystoreId, keyId: key.managedKeyId, remoteId: key.id, state, name: key.name, versions: held }];
  });
}
