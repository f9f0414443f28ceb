import type { Evidence } from '../invariants.js';
import { tellsDeed } from '../key-changes.js';
import { hasEnded, type Situation } from '../key-model.js';
import type { Snapshot } from '../snapshot.js';
import type { Told } from '../told.js';

/** One client token makes one thing; one version, instance, blob, name and copy is there once. */
export function duplicates({ snapshot, told }: Evidence): readonly string[] {
  const { keys, versions, instances, copies, blobs } = snapshot;
  const living = (copies ?? []).filter(({ state }) => state !== 'DESTROYED');
  return [
    ...byToken(snapshot, told),
    ...twice(keys, ({ id }) => `key ${id}`),
    ...twice(versions, ({ keyId, version }) => `version ${version} of key ${keyId}`),
    ...twice(instances, ({ keyId, keystoreId }) => `the instance of key ${keyId} in keystore ${keystoreId}`),
    ...twice(living, ({ keyId, keystoreId }) => `the copy of key ${keyId} in keystore ${keystoreId}`),
    ...living.flatMap((copy) =>
      twice(copy.versions, ({ version }) => `version ${version} in the copy ${copy.remoteId} of key ${copy.keyId}`),
    ),
    ...living.flatMap((copy) =>
      twice(
        copy.versions.filter(({ isCurrent }) => isCurrent),
        () => `a current version in the copy ${copy.remoteId} of key ${copy.keyId}`,
      ),
    ),
    ...twice(blobs ?? [], ({ keyId, version }) => `the blob of version ${version} of key ${keyId}`),
    ...twice(
      keys.filter(({ situation }) => bearsItsName(situation)),
      ({ vaultId, label }) => `the label ${label} in vault ${vaultId}`,
    ),
    ...twice(
      snapshot.vaults.filter(({ isRetired }) => !isRetired),
      ({ name }) => `the vault name ${name}`,
    ),
    ...twice(
      snapshot.keystores.filter(({ isRetired }) => !isRetired),
      ({ vaultId, name }) => `the keystore name ${name} in vault ${vaultId}`,
    ),
  ];
}

function bearsItsName(situation: Situation): boolean {
  return !hasEnded(situation) && situation !== 'DEACTIVATED_PENDING' && situation !== 'COMPROMISED_PENDING';
}

/** What a repetition meets where its token was forgotten. */
const taken: readonly string[] = ['NAME_TAKEN', 'ALREADY_EXISTS'];

function byToken({ log }: Snapshot, told: readonly Told[]): string[] {
  const withToken = told.filter(({ clientToken, isDryRun }) => clientToken !== null && !isDryRun);
  const uses = new Map<string, Told[]>();
  for (const one of withToken) {
    const use = `${one.action} with client token ${one.clientToken}`;
    uses.set(use, [...(uses.get(use) ?? []), one]);
  }
  return [...uses].flatMap(([use, requests]) => {
    const ids = new Set(requests.flatMap(({ ending }) => (ending.kind === 'OK' && ending.createdId !== null ? [ending.createdId] : [])));
    const asked = new Set(requests.map(({ requestId }) => requestId));
    const action = requests[0]?.action;
    const made = log.records.filter(({ event }) => tellsDeed(event) && event.action === action && asked.has(event.requestId));
    const makers = requests.filter(({ requestId }) => made.some(({ event }) => event.requestId === requestId));
    const isAfter = ({ begunAt }: Told) => makers.some(({ endedAt }) => endedAt < begunAt);
    const ownDoing = requests.filter(
      (request) => isAfter(request) && request.ending.kind === 'REFUSED' && taken.includes(request.ending.code),
    );
    return [
      ...ownDoing.map(({ requestId }) => `${use} was refused for what it had made itself (request ${requestId})`),
      ...(ids.size > 1 ? [`${use} was answered with ${ids.size} different things`] : []),
      ...(made.length > 1 ? [`${use} made ${made.length} things`] : []),
    ];
  });
}

function twice<T>(items: readonly T[], nameOf: (item: T) => string): string[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([name, count]) => `${name} is there ${count} times`);
}
