import type { Evidence } from '../invariants.js';
import { hasEnded, type KeyModel, reachable } from '../key-model.js';
import type { KeySeen, Snapshot } from '../snapshot.js';
import type { KeyTold, Told } from '../told.js';

/**
 * Every key that was acknowledged is there, as the log and the last answer say, with all its versions; and it opens what
 * it protected as long as its situation allows that.
 */
export function lostKeys({ snapshot, told, model }: Evidence): readonly string[] {
  return [
    ...[...model.keys.values()].flatMap((key) => againstLog(snapshot, key)),
    ...snapshot.keys.filter(({ id }) => !model.keys.has(id)).map(({ id }) => `key ${id} is there, and no record tells that it was made`),
    ...againstAnswers(snapshot, told, model.keys),
    ...materialLost(snapshot),
  ];
}

function againstLog(snapshot: Snapshot, model: KeyModel): string[] {
  const key = snapshot.keys.find(({ id }) => id === model.id);
  if (model.isRemoved) return key ? [`key ${model.id} was removed and is there`] : [];
  if (!key) {
    // The last key to end in a deleted vault takes the vault with it, and all that is left in it.
    return model.possible.some(hasEnded) && isVaultGone(snapshot, model.id)
      ? []
      : [`key ${model.id} is gone; it was ${model.possible.join(' or ')}`];
  }
  const faults: string[] = [];
  if (!model.possible.includes(key.situation))
    faults.push(`key ${key.id} is ${key.situation}; by the log it is ${model.possible.join(' or ')}`);
  if (model.version !== key.version) faults.push(`key ${key.id} has version ${key.version}; by the log it has ${model.version}`);
  const { least, most } = model.revision;
  if (key.revision < least || key.revision > most)
    faults.push(`key ${key.id} has revision ${key.revision}; by the log ${least} to ${most}`);
  return [...faults, ...versionsLost(snapshot, key)];
}

function isVaultGone({ vaults, log }: Snapshot, keyId: string): boolean {
  const record = log.records.find(({ event }) => event.target.id === keyId);
  return !vaults.some(({ id }) => id === record?.event.target.vaultId);
}

function versionsLost({ versions }: Snapshot, key: KeySeen): string[] {
  const numbers = versions.filter(({ keyId }) => keyId === key.id).map(({ version }) => version);
  const missing = Array.from({ length: key.version }, (_, index) => index + 1).filter((number) => !numbers.includes(number));
  return missing.map((number) => `version ${number} of key ${key.id} is gone`);
}

/** The log aside: answers alone say what must be there. */
function againstAnswers({ keys }: Snapshot, told: readonly Told[], models: ReadonlyMap<string, KeyModel>): string[] {
  const faults: string[] = [];
  for (const [id, answers] of answersByKey(told)) {
    const last = answers.reduce((newest, answer) => (answer.revision > newest.revision ? answer : newest));
    const open = told.filter(({ subjectId, ending }) => subjectId === id && ending.kind !== 'REFUSED');
    const key = keys.find((candidate) => candidate.id === id);
    if (!key) {
      const mayBeGone = open.some(({ action }) => action === 'managed-key.remove') || models.get(id)?.possible.some(hasEnded);
      if (!mayBeGone) faults.push(`key ${id} was acknowledged and is gone`);
      continue;
    }
    if (key.revision < last.revision) faults.push(`key ${id} has revision ${key.revision}, and ${last.revision} was acknowledged`);
    if (key.version < last.version) faults.push(`key ${id} has version ${key.version}, and ${last.version} was acknowledged`);
    if (key.revision === last.revision && (key.situation !== last.situation || key.version !== last.version)) {
      faults.push(
        `key ${id} is ${key.situation} in version ${key.version}; its revision was acknowledged as ${last.situation} in ${last.version}`,
      );
    }
    const actions = [...open.map(({ action }) => action), ...ownMoves];
    if (!reachable(last.situation, actions).includes(key.situation)) {
      faults.push(`key ${id} is ${key.situation}; it was acknowledged as ${last.situation}, and nothing that was asked for leads there`);
    }
  }
  return faults;
}

/** What the server does with keys by itself, by the calendar. */
const ownMoves: readonly string[] = ['activate', 'deactivate', 'destroy', 'end-destruction', 'rotate'].map((verb) => `managed-key.${verb}`);

function answersByKey(told: readonly Told[]): ReadonlyMap<string, readonly KeyTold[]> {
  const byKey = new Map<string, KeyTold[]>();
  for (const { ending, isDryRun } of told) {
    if (ending.kind !== 'OK' || !ending.key || isDryRun) continue;
    byKey.set(ending.key.id, [...(byKey.get(ending.key.id) ?? []), ending.key]);
  }
  return byKey;
}

/** Active and deactivated keys open what they protected; ended ones do not. Compromised and waiting keys may do nothing. */
function materialLost(snapshot: Snapshot): string[] {
  return snapshot.opened.flatMap(({ keyId, version, fault }) => {
    const situation = snapshot.keys.find(({ id }) => id === keyId)?.situation;
    const what = `what version ${version} of key ${keyId} encrypted`;
    if (fault === 'DIFFERS') return [`${what} came back as something else`];
    const isOpenable = (situation === 'ACTIVE' || situation === 'DEACTIVATED') && isHeldForUse(snapshot, keyId);
    if (isOpenable && fault !== null) return [`${what} is refused with ${fault} although the key is ${situation}`];
    return (situation === undefined || hasEnded(situation)) && fault === null ? [`${what} still opens although the key has ended`] : [];
  });
}

/** Keys are used where an internal keystore holds them; one that was taken away from its internal keystores is only kept. */
function isHeldForUse({ instances, keystores }: Snapshot, keyId: string): boolean {
  const internal = new Set(keystores.filter(({ type }) => type === 'internal').map(({ id }) => id));
  const isHeld = (status: string) => status === 'ACTIVE' || status === 'NOT_ACTIVE';
  return instances.some((instance) => instance.keyId === keyId && internal.has(instance.keystoreId) && isHeld(instance.status));
}
