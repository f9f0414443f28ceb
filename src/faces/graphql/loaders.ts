import DataLoader from 'dataloader';
import type { Alignment } from '../../domain/alignment.js';
import type { Id } from '../../domain/entity.js';
import type { Keystore } from '../../domain/keystore.js';
import type { InstanceVersion, KeyInstance, KeyVersion, ManagedKey } from '../../domain/managed-key.js';
import type { ApiKey, Principal, RoleBinding } from '../../domain/principal.js';
import type { KeyTemplate } from '../../domain/template.js';
import type { Vault } from '../../domain/vault.js';
import { accessOf } from '../../services/access.js';
import type { Call } from '../../services/call.js';
import type { Estate } from '../../services/estate.js';
import { type Load, type Loadable, loadFor } from '../../services/load.js';
import { alignmentsOf } from '../../services/managed-keys/alignment.js';

type One<T> = DataLoader<Id, T | null>;
type Many<T> = DataLoader<Id, readonly T[]>;
/** Counts may be read where the parent's vault allows it; elsewhere they are null. */
type Count = DataLoader<{ readonly id: Id; readonly vaultId: Id }, number | null, Id>;

/** Nested fields of one request: however many parents a page has, each field costs one read. */
export interface Loaders {
  readonly vault: One<Vault>;
  readonly keystore: One<Keystore>;
  readonly keyTemplate: One<KeyTemplate>;
  readonly managedKey: One<ManagedKey>;
  readonly principal: One<Principal>;
  readonly keystoresOfVault: Many<Keystore>;
  readonly versionsOfKey: Many<KeyVersion>;
  readonly instancesOfKey: Many<KeyInstance>;
  readonly versionsOfInstance: Many<InstanceVersion>;
  readonly apiKeysOfPrincipal: Many<ApiKey>;
  readonly roleBindingsOfPrincipal: Many<RoleBinding>;
  readonly alignmentOfKey: DataLoader<ManagedKey, Alignment, Id>;
  readonly keyCountOfVault: Count;
  readonly templateCountOfVault: Count;
  readonly keystoreCountOfVault: Count;
  readonly keyCountOfTemplate: Count;
  readonly keyCountOfKeystore: Count;
}

export function loadersFor(estate: Estate, call: Call): Loaders {
  const load = loadFor(estate, call);
  return {
    vault: one(load, 'vault'),
    keystore: one(load, 'keystore'),
    keyTemplate: one(load, 'keyTemplate'),
    managedKey: one(load, 'managedKey'),
    principal: one(load, 'principal'),
    keystoresOfVault: many((ids) => load.belonging('keystore', 'vaultId', ids)),
    versionsOfKey: many((ids) => load.belonging('keyVersion', 'managedKeyId', ids)),
    instancesOfKey: many((ids) => load.belonging('keyInstance', 'managedKeyId', ids)),
    versionsOfInstance: many((ids) => load.belonging('instanceVersion', 'keyInstanceId', ids)),
    apiKeysOfPrincipal: many((ids) => load.belonging('apiKey', 'principalId', ids)),
    roleBindingsOfPrincipal: many((ids) => load.belonging('roleBinding', 'principalId', ids)),
    alignmentOfKey: new DataLoader((keys: readonly ManagedKey[]) => alignments(estate, call, keys), { cacheKeyFn: ({ id }) => id }),
    keyCountOfVault: count((parents) => load.counts('managedKey', 'vaultId', parents, {})),
    templateCountOfVault: count((parents) => load.counts('keyTemplate', 'vaultId', parents, { state: { ne: 'RETIRED' } })),
    keystoreCountOfVault: count((parents) => load.counts('keystore', 'vaultId', parents, { state: { eq: 'ACTIVE' } })),
    keyCountOfTemplate: count((parents) => load.counts('managedKey', 'templateId', parents, {})),
    keyCountOfKeystore: count((parents) => load.counts('keyInstance', 'keystoreId', parents, { desiredState: { ne: 'ABSENT' } })),
  };
}

async function alignments({ store }: Estate, call: Call, keys: readonly ManagedKey[]): Promise<Alignment[]> {
  const found = await alignmentsOf(store.read, await accessOf(store.read, call), keys);
  return keys.map(({ id }) => found.get(id) as Alignment);
}

function one<N extends Loadable>(load: Load, noun: N) {
  return new DataLoader(async (ids: readonly Id[]) => {
    const found = await load.byId(noun, ids);
    return ids.map((id) => found.get(id) ?? null);
  });
}

function many<T>(read: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, readonly T[]>>): Many<T> {
  return new DataLoader(async (ids: readonly Id[]) => {
    const found = await read(ids);
    return ids.map((id) => found.get(id) ?? []);
  });
}

type Parent = { readonly id: Id; readonly vaultId: Id };

function count(read: (parents: readonly Parent[]) => Promise<ReadonlyMap<Id, number>>): Count {
  return new DataLoader(
    async (parents: readonly Parent[]) => {
      const counts = await read(parents);
      return parents.map(({ id }) => counts.get(id) ?? null);
    },
    { cacheKeyFn: ({ id }) => id },
  );
}
