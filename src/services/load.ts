import type { Id } from '../domain/entity.js';
import { actionsFor } from '../domain/permissions.js';
import type { Condition, Entities, Noun, Where } from '../store/contract.js';
import { type Access, accessOf } from './access.js';
import type { Call } from './call.js';
import type { Estate } from './estate.js';
import type { ScopeChain } from './operation.js';

/**
 * Reads of what is next to entities that an operation has answered, many at a time: the vaults of a page of keys, the
 * versions of each. They are part of that operation and its audit event, and show only what the caller may read.
 */
export interface Load {
  /** The entities by id; those that do not exist or may not be read are absent. */
  byId<N extends Loadable>(noun: N, ids: readonly Id[]): Promise<ReadonlyMap<Id, Entities[N]>>;
  /** The entities whose `field` holds one of the values, by that value, in the order of their ids. */
  belonging<N extends Loadable>(noun: N, field: keyof Entities[N] & string, values: readonly Id[]): Promise<Groups<Entities[N]>>;
  /** The number of entities in each vault (by `vaultId`) or of each parent in them; absent where the caller may not read them. */
  counts<N extends Loadable>(
    noun: N,
    field: keyof Entities[N] & string,
    parents: readonly { readonly id: Id; readonly vaultId: Id }[],
    where: Where<Entities[N]>,
  ): Promise<ReadonlyMap<Id, number>>;
}

type Groups<T> = ReadonlyMap<Id, readonly T[]>;

/** Noun -> the operation whose permission reading one needs; `null` where reading the parent is enough. */
const readOperation = {
  vault: 'vault',
  keystore: 'keystore',
  keyTemplate: 'keyTemplate',
  managedKey: 'managedKey',
  keyVersion: 'keyVersions',
  keyInstance: 'keyInstances',
  instanceVersion: null,
  principal: 'principals',
  apiKey: 'apiKeys',
  roleBinding: 'roleBindings',
} as const satisfies Partial<Record<Noun, string | null>>;
export type Loadable = keyof typeof readOperation;

export function loadFor(estate: Estate, call: Call): Load {
  const { read } = estate.store;
  let access: Promise<Access> | undefined;
  const held = () => {
    access ??= accessOf(read, call);
    return access;
  };
  const readable = async <N extends Loadable>(noun: N, entities: readonly Entities[N][]) => {
    const operation = readOperation[noun];
    if (operation === null) return entities;
    const { allows } = await held();
    return entities.filter((entity) => allows(actionsFor(operation), scopeOf(noun, entity)));
  };
  return {
    byId: async (noun, ids) => new Map((await readable(noun, await read.getMany(noun, ids))).map((entity) => [entity.id, entity])),
    belonging: async (noun, field, values) => {
      const where = { [field]: { in: values } as Condition } as Where<Entities[typeof noun]>;
      const found = await readable(noun, await read.find(noun, where, Number.MAX_SAFE_INTEGER));
      return grouped(found, (entity) => entity[field] as Id);
    },
    counts: async (noun, field, parents, where) => {
      const operation = readOperation[noun];
      const { allows } = await held();
      const open = parents.filter(({ vaultId }) => operation === null || allows(actionsFor(operation), { vaultId }));
      if (open.length === 0) return new Map();
      const counted = await read.countBy(noun, field, { ...where, [field]: { in: open.map(({ id }) => id) } });
      return new Map(open.map(({ id }) => [id, counted.get(id) ?? 0]));
    },
  };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => Id): Groups<T> {
  const groups = new Map<Id, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function scopeOf(noun: Loadable, entity: object): ScopeChain {
  const { id, vaultId, managedKeyId } = entity as { readonly id: Id; readonly vaultId?: Id; readonly managedKeyId?: Id };
  if (noun === 'vault') return { vaultId: id };
  const keyId = noun === 'managedKey' ? id : managedKeyId;
  return { ...(vaultId === undefined ? {} : { vaultId }), ...(keyId === undefined ? {} : { keyId }) };
}
