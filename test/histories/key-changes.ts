/** The changes of keys that an audit log tells, and the model of every key that follows from them. */
import type { AuditEvent } from '../../src/domain/audit-event.js';
import { after, destroyAgain, Impossible, type KeyChange, type KeyModel, movesKeys, type Situation, situationFrom } from './key-model.js';
import type { RecordSeen } from './snapshot.js';

export interface Replay {
  /** Of every key that was ever made, removed ones too. */
  readonly keys: ReadonlyMap<string, KeyModel>;
  /** What the log tells and the model does not allow. */
  readonly impossible: readonly string[];
}

/** Plays the log back through the model. */
export function replay(records: readonly RecordSeen[]): Replay {
  const keys = new Map<string, KeyModel>();
  const impossible: string[] = [];
  for (const { index, event } of records) {
    const change = keyChange(event);
    if (!change) continue;
    // A next import key for a key that is there changes nothing of it.
    if (change.action === 'managed-key.create-import' && keys.has(change.keyId)) continue;
    try {
      keys.set(change.keyId, after(keys.get(change.keyId), change));
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      impossible.push(`record ${index}: ${error.message}`);
    }
  }
  return { keys, impossible };
}

/** Whether the event tells of something that was done: no refusal, no dry run, no repeated answer. */
export function tellsDeed({ outcome, dryRun, details }: AuditEvent): boolean {
  return outcome === 'SUCCESS' && !dryRun && details['repeated'] !== true;
}

function keyChange(event: AuditEvent): KeyChange | undefined {
  const { action, target, details } = event;
  if (!tellsDeed(event) || !movesKeys(action) || target.kind !== 'managed-key' || target.id === null) return undefined;
  const isAgain = action === 'managed-key.destroy' && details['alreadyPending'] === true;
  const version = typeof details['version'] === 'number' ? details['version'] : null;
  return { action: isAgain ? destroyAgain : action, keyId: target.id, from: told(details['from']), to: told(details['to']), version };
}

/** Events name situations as `DEACTIVATED_PENDING` and the like. */
function told(value: unknown): Situation | null {
  if (typeof value !== 'string') return null;
  const isPending = value.endsWith('_PENDING');
  return situationFrom(isPending ? value.slice(0, -'_PENDING'.length) : value, isPending);
}
