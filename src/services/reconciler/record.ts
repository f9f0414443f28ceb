/** What a look found, written down in one transaction with the audit events of what changed. */
import type { JsonObject, Timestamp } from '../../domain/entity.js';
import type { InstanceVersion, KeyInstance } from '../../domain/managed-key.js';
import type { ReconcileStep } from '../../domain/reconcile-step.js';
import type { RemoteKey } from '../../domain/remote-key.js';
import { syncOf } from '../../domain/sync-state.js';
import type { Writer } from '../../store/contract.js';
import { auditEvent } from '../audit-event.js';
import type { Call } from '../call.js';
import type { Estate } from '../estate.js';
import type { AuditTarget } from '../operation.js';
import { endRetired } from '../retire.js';
import { made } from '../tracked.js';
import type { InstanceError } from './failure.js';
import { effectiveState, type SeenChange, seenChanges } from './seen-changes.js';
import { bringsAbout, type Deed } from './steps.js';
import { recordedVersionsOf, type Subject } from './subject.js';
import { syncFacts } from './wanted.js';

/** A look at a keystore, and what the pass makes of it. */
export interface Look {
  readonly subject: Subject;
  readonly remote: RemoteKey | null;
  /** When it was asked for. */
  readonly lookedAt: Timestamp;
  /** Steps taken and not yet confirmed by a look. */
  readonly taken: readonly Deed[];
}

/** How a pass ends: when to look again, and what a person must know. */
export interface Ending {
  readonly nextAttemptAt: Timestamp | null;
  readonly error: InstanceError | null;
  readonly step: ReconcileStep;
}

/**
 * Records a look; with an ending, also that the pass is over. The ending is left out, and `false` answered, when
 * somebody changed the desire or asked for another look since the subject was read: then it goes on.
 */
export async function recordLook(estate: Estate, call: Call, look: Look, ending: Ending | null): Promise<boolean> {
  const { instance } = look.subject;
  return await estate.store.write(async (tx) => {
    const before = await tx.get('keyInstance', instance.id);
    if (!before) return true;
    // Somebody recorded another look since this one was compared with the record.
    if (before.verifiedAt !== look.subject.instance.verifiedAt) return false;
    const ends = ending !== null && (await isStillWanted(tx, look.subject, before));
    const seen = observationOf(look);
    const over = ends ? { nextAttemptAt: ending.nextAttemptAt, error: ending.error, attempts: 0 } : { error: null, attempts: 0 };
    await tx.observe('keyInstance', instance.id, { ...seen, ...over });
    const recordedVersions = await recordedVersionsOf(tx, before);
    await recordVersions(tx, estate, call, look, recordedVersions);
    for (const event of eventsOf(look, seenChanges({ instance: before, recordedVersions }, look.remote))) {
      await tx.appendAudit(
        auditEvent({ estate, call, now: estate.now() }, event, { target: targetOf(look.subject), details: event.details }),
      );
    }
    if (ends && ending.step.kind === 'none' && mayEndRetired(look.subject))
      await endRetired(tx, { estate, call, now: estate.now() }, instance.vaultId);
    return ends;
  });
}

/** Records that a pass failed. Nothing that was seen before is lost, and a newer desire is tried at once instead. */
export async function recordFailure(
  estate: Estate,
  subject: Subject,
  fields: Pick<KeyInstance, 'error' | 'attempts'> & Partial<Pick<KeyInstance, 'status' | 'syncFlag' | 'syncDetail'>>,
  nextAttemptAt: Timestamp,
): Promise<void> {
  await estate.store.write(async (tx) => {
    const before = await tx.get('keyInstance', subject.instance.id);
    // With a newer desire the failure says nothing any more: that desire is due, or was fulfilled already.
    if (!before || !(await isStillWanted(tx, subject, before))) return;
    await tx.observe('keyInstance', subject.instance.id, { ...fields, nextAttemptAt });
  });
}

/** Whether desire and request to look are as they were read. */
async function isStillWanted(tx: Writer, { instance, managedKey }: Subject, now: KeyInstance): Promise<boolean> {
  const key = await tx.get('managedKey', managedKey.id);
  return now.revision === instance.revision && now.nextAttemptAt === instance.nextAttemptAt && key?.revision === managedKey.revision;
}

function observationOf({ subject, remote, lookedAt }: Look): Partial<KeyInstance> {
  const isPresent = remote !== null && remote.state !== 'DESTROYED';
  return {
    ...syncOf(syncFacts(subject, remote)),
    remoteId: remote?.remoteId ?? subject.instance.remoteId,
    pendingUntil: isPresent ? remote.pendingUntil : null,
    verifiedAt: lookedAt,
  };
}

async function recordVersions(
  tx: Writer,
  estate: Estate,
  call: Call,
  { subject, remote }: Look,
  recordedVersions: readonly InstanceVersion[],
): Promise<void> {
  const seen = remote === null || remote.state === 'DESTROYED' ? [] : remote.versions;
  const recorded = new Map(recordedVersions.map((version) => [version.version, version]));
  for (const version of seen) {
    const keyVersion = subject.versions.find((candidate) => candidate.version === version.version);
    if (!keyVersion || remote === null) continue;
    const { remoteVersionId, fingerprint } = version;
    const fields = { remoteVersionId, fingerprint, state: effectiveState(remote, version), keyVersionId: keyVersion.id };
    const before = recorded.get(keyVersion.version);
    recorded.delete(keyVersion.version);
    if (!before) {
      const place = { keyInstanceId: subject.instance.id, version: keyVersion.version };
      await tx.insert('instanceVersion', { ...made({ estate, call, now: estate.now() }), ...place, ...fields });
    } else if (differs(before, fields)) await tx.observe('instanceVersion', before.id, fields);
  }
  for (const gone of recorded.values()) {
    if (gone.state !== 'DESTROYED') await tx.observe('instanceVersion', gone.id, { state: 'DESTROYED' });
  }
}

function differs(before: InstanceVersion, fields: Partial<InstanceVersion>): boolean {
  return Object.entries(fields).some(([field, value]) => before[field as keyof InstanceVersion] !== value);
}

interface StepEvent {
  readonly action: string;
  readonly details: JsonObject;
}

/** A change that the reconciler's own step brought about bears the step's name; any other was found. */
function eventsOf({ taken }: Look, changes: readonly SeenChange[]): readonly StepEvent[] {
  const seen = changes.map((change): StepEvent => {
    if (taken.some((step) => bringsAbout(step, change))) return { action: `key-instance.${change.verb}`, details: change.details };
    return { action: 'key-instance.observe', details: { ...change.details, change: change.verb } };
  });
  // A name is not part of the record, so a rename shows in no comparison.
  const renames = taken.filter((step) => step.kind === 'rename');
  return [...seen, ...renames.map(({ name }) => ({ action: 'key-instance.rename', details: { name } }))];
}

function targetOf({ instance }: Subject): AuditTarget {
  return { kind: 'key-instance', id: instance.id, name: instance.name, vaultId: instance.vaultId };
}

/** Only an instance at its end, or one in a retired keystore, can be the last that something retired waits for. */
function mayEndRetired({ instance, keystore }: Subject): boolean {
  const wanted: KeyInstance['desiredState'] = instance.desiredState;
  return keystore.state === 'RETIRED' || wanted === 'DESTROYED' || wanted === 'ABSENT';
}
