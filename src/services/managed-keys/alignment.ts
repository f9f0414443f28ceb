/** Keys against their templates and the keystores of their vaults, many at a time. */
import { type Alignment, alignmentOf, withoutPlaces } from '../../domain/alignment.js';
import type { Id } from '../../domain/entity.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import { actionsFor } from '../../domain/permissions.js';
import type { Reader } from '../../store/contract.js';
import type { Access } from '../access.js';

/**
 * The alignment of each key by its id, as far as the caller may see it. A key whose template is gone is aligned with
 * itself.
 */
export async function alignmentsOf(reader: Reader, access: Access, keys: readonly ManagedKey[]): Promise<ReadonlyMap<Id, Alignment>> {
  const different = (ids: readonly Id[]) => [...new Set(ids)];
  const templates = await reader.getMany('keyTemplate', different(keys.map(({ templateId }) => templateId)));
  const inVaults = { vaultId: { in: different(keys.map(({ vaultId }) => vaultId)) } };
  const keystores = await reader.find('keystore', inVaults, Number.MAX_SAFE_INTEGER);
  const ofKeys = { managedKeyId: { in: keys.map(({ id }) => id) } };
  const instances = await reader.find('keyInstance', ofKeys, Number.MAX_SAFE_INTEGER);
  const templateOf = new Map(templates.map((template) => [template.id, template]));
  const [keystoresOf, instancesOf] = [grouped(keystores, 'vaultId'), grouped(instances, 'managedKeyId')];
  return new Map(
    keys.map((key) => {
      const template = templateOf.get(key.templateId);
      if (!template) return [key.id, aligned];
      const alignment = alignmentOf(key, template, keystoresOf.get(key.vaultId) ?? [], instancesOf.get(key.id) ?? []);
      return [key.id, shownAlignment(access, key, alignment)];
    }),
  );
}

/** Keystores and targets are told only to who may read the vault's keystores. */
export function shownAlignment(access: Access, { vaultId }: Pick<ManagedKey, 'vaultId'>, alignment: Alignment): Alignment {
  return access.allows(actionsFor('keystore'), { vaultId }) ? alignment : withoutPlaces(alignment);
}

const aligned: Alignment = { status: 'ALIGNED', differences: [], canAlign: false, reason: null };

function grouped<F extends string, T extends { readonly [K in F]: Id }>(items: readonly T[], field: F): ReadonlyMap<Id, readonly T[]> {
  const groups = new Map<Id, T[]>();
  for (const item of items) groups.set(item[field], [...(groups.get(item[field]) ?? []), item]);
  return groups;
}
