import type { Evidence } from '../invariants.js';
import { hasEnded, type Situation } from '../key-model.js';
import type { CopySeen, InstanceSeen, KeySeen, Snapshot, VersionSeen } from '../snapshot.js';

/** Versions, copies and material stand where their key stands, and every keystore holds what is wanted of it. */
export function halfMoved({ snapshot }: Evidence): readonly string[] {
  return [
    ...snapshot.keys.flatMap((key) => keyFaults(snapshot, key)),
    ...snapshot.instances.flatMap((instance) => instanceFaults(snapshot, instance)),
    ...strayCopies(snapshot),
    ...strays(snapshot),
  ];
}

function keyFaults({ versions, blobs }: Snapshot, key: KeySeen): string[] {
  const own = versions.filter(({ keyId }) => keyId === key.id);
  const states = statesOfVersions[key.situation];
  const current = own.find(({ version }) => version === key.version);
  const faults = own
    .filter((version) => !(version === current ? states.current : states.earlier).includes(version.state))
    .map(({ version, state }) => `version ${version} of key ${key.id} is ${state} although the key is ${key.situation}`);
  if (blobs === null) return faults;
  const held = blobs.filter(({ keyId }) => keyId === key.id);
  if (hasEnded(key.situation))
    return [...faults, ...held.map(({ version }) => `key ${key.id} has ended and its version ${version} has a blob`)];
  const withMaterial = own.filter(({ fingerprint }) => fingerprint !== '');
  const missing = withMaterial.filter(({ version }) => !held.some((blob) => blob.version === version));
  return [
    ...faults,
    ...missing.map(({ version }) => `version ${version} of key ${key.id} has no blob although the key is ${key.situation}`),
  ];
}

const compromised = { current: ['COMPROMISED'], earlier: ['COMPROMISED'] };
const deactivated = { current: ['DEACTIVATED'], earlier: ['DEACTIVATED'] };
const ended = { current: ['DESTROYED', 'DESTROYED_COMPROMISED'], earlier: ['DESTROYED', 'DESTROYED_COMPROMISED'] };
const statesOfVersions: Readonly<Record<Situation, { readonly current: readonly string[]; readonly earlier: readonly string[] }>> = {
  PRE: { current: ['PRE_ACTIVATION'], earlier: ['PRE_ACTIVATION'] },
  ACTIVE: { current: ['ACTIVE'], earlier: ['ACTIVE', 'DEACTIVATED'] },
  DEACTIVATED: deactivated,
  DEACTIVATED_PENDING: deactivated,
  COMPROMISED: compromised,
  COMPROMISED_PENDING: compromised,
  ENDED: ended,
  ENDED_COMPROMISED: { current: ['DESTROYED_COMPROMISED'], earlier: ['DESTROYED_COMPROMISED'] },
};

type Desired = InstanceSeen['desired'];
/** What may be wanted of copies that a target asks for, and of those that none does any more. */
const desires: Readonly<Record<Situation, { readonly targeted: readonly Desired[]; readonly left: readonly Desired[] }>> = {
  PRE: { targeted: ['ABSENT'], left: ['ABSENT', 'DESTROYED'] },
  ACTIVE: { targeted: ['ACTIVE'], left: ['ABSENT', 'DEACTIVATED', 'DESTROYED'] },
  DEACTIVATED: { targeted: ['ABSENT', 'DEACTIVATED'], left: ['ABSENT', 'DEACTIVATED', 'DESTROYED'] },
  DEACTIVATED_PENDING: { targeted: ['ABSENT', 'DEACTIVATED'], left: ['ABSENT', 'DEACTIVATED', 'DESTROYED'] },
  COMPROMISED: { targeted: ['ABSENT', 'DEACTIVATED'], left: ['ABSENT', 'DEACTIVATED', 'DESTROYED'] },
  COMPROMISED_PENDING: { targeted: ['ABSENT', 'DEACTIVATED'], left: ['ABSENT', 'DEACTIVATED', 'DESTROYED'] },
  ENDED: { targeted: ['DESTROYED'], left: ['DESTROYED'] },
  ENDED_COMPROMISED: { targeted: ['DESTROYED'], left: ['DESTROYED'] },
};

function instanceFaults(snapshot: Snapshot, instance: InstanceSeen): string[] {
  const { keyId, keystoreId, desired, isTargeted } = instance;
  const what = `the instance of key ${keyId} in keystore ${keystoreId}, wanted ${desired},`;
  const key = snapshot.keys.find(({ id }) => id === keyId);
  if (!key) return [`${what} has no key`];
  const faults: string[] = [];
  if (!desires[key.situation][isTargeted ? 'targeted' : 'left'].includes(desired))
    faults.push(`${what} belongs to a key that is ${key.situation}`);
  if (instance.isDue) faults.push(`${what} has not come to rest (${instance.status}, ${instance.error ?? 'no error'})`);
  else if (instance.error !== null) faults.push(`${what} rests with ${instance.error}`);
  else if (instance.syncFlag !== 'OK' && isTargeted) faults.push(`${what} rests ${instance.syncFlag}`);
  if (snapshot.copies === null) return faults;
  const copies = snapshot.copies.filter((copy) => copy.keyId === keyId && copy.keystoreId === keystoreId && copy.state !== 'DESTROYED');
  return [...faults, ...copyFaults(key, snapshot.versions, instance, copies).map((fault) => `${what} ${fault}`)];
}

function copyFaults(key: KeySeen, versions: readonly VersionSeen[], instance: InstanceSeen, copies: readonly CopySeen[]): string[] {
  const [copy] = copies;
  if (instance.desired === 'ABSENT' || instance.desired === 'DESTROYED') {
    const isEnding = instance.desired === 'DESTROYED' && copy?.state === 'PENDING_DESTRUCTION';
    return copy && !isEnding ? [`is held there, ${copy.state}`] : [];
  }
  if (instance.desired === 'DEACTIVATED') return copy?.state === 'ACTIVE' ? ['is active there'] : [];
  if (!copy) return ['is not there'];
  const wanted = versions.filter(({ keyId, fingerprint }) => keyId === key.id && fingerprint !== '');
  const lost = wanted.filter(
    ({ version, fingerprint }) => !copy.versions.some((held) => held.version === version && held.fingerprint === fingerprint),
  );
  const current = copy.versions.filter(({ isCurrent }) => isCurrent).map(({ version }) => version);
  return [
    ...(copy.state === 'ACTIVE' ? [] : [`is ${copy.state} there`]),
    ...(copy.name === instance.name ? [] : [`is named ${copy.name} there`]),
    ...lost.map(({ version }) => `lacks version ${version} there`),
    ...(current.length === 1 && current[0] === key.version ? [] : [`has version ${current.join(', ')} as its current one there`]),
  ];
}

/** Copies that nobody will ever end: a keystore that is connected holds nothing but instances. */
function strayCopies({ copies, instances, keystores }: Snapshot): string[] {
  const stray = (copies ?? []).filter(
    ({ keyId, keystoreId, state }) =>
      state !== 'DESTROYED' &&
      keystores.some(({ id }) => id === keystoreId) &&
      !instances.some((instance) => instance.keyId === keyId && instance.keystoreId === keystoreId),
  );
  return stray.map(
    ({ keyId, keystoreId, state }) => `keystore ${keystoreId} holds a copy of key ${keyId}, ${state}, that no instance speaks of`,
  );
}

/** Parts without their whole. */
function strays({ keys, versions, blobs, vaults, keystores, instances }: Snapshot): string[] {
  const isKey = (keyId: string) => keys.some(({ id }) => id === keyId);
  return [
    ...versions.filter(({ keyId }) => !isKey(keyId)).map(({ keyId, version }) => `version ${version} has no key ${keyId}`),
    ...(blobs ?? []).filter(({ keyId }) => !isKey(keyId)).map(({ keyId, version }) => `the blob of version ${version} has no key ${keyId}`),
    ...instances
      .filter(({ keystoreId }) => !keystores.some(({ id }) => id === keystoreId))
      .map(({ id }) => `instance ${id} has no keystore`),
    ...keys.filter(({ vaultId }) => !vaults.some(({ id }) => id === vaultId)).map(({ id }) => `key ${id} has no vault`),
  ];
}
