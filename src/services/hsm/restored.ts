/** A restore of the database that this server is to take note of. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { sameHash, treeRoot } from '../../domain/audit-log.js';
import { EstateError } from '../../domain/errors.js';
import type { LogState, Remembered } from '../../hsm/contract.js';
import type { Writer } from '../../store/contract.js';
import { refuseOlderLog } from '../audit/remember-log.js';
import { auditEvent } from '../audit-event.js';
import { systemCall } from '../call.js';
import type { Estate } from '../estate.js';
import { type Author, changed } from '../tracked.js';
import { raiseCounts } from './raise-counts.js';
import { recordSeenMemory, seenMemory } from './seen-memory.js';

/** What a restore says of itself. */
export interface Restored {
  /** RFC 3339, UTC. */
  readonly restoredAt: string;
  /** Name of the backup, for the audit log. */
  readonly backup: string;
  /** The audit log as it was restored. */
  readonly audit: LogState;
  /** The sealed memory in the backup's HSM state, where a newer state was kept. */
  readonly memory: Uint8Array | null;
}

/** Where a restore leaves its note for the server. */
export interface RestoreNotes {
  /** `null` when nothing was restored. */
  read(): Restored | null;
  /** Once the server has taken note of it. */
  remove(): void;
}

/**
 * Accepts a database that was put back on purpose: the HSM remembers the restored log from now on, keeps what it remembered
 * before as history and is told again of every destroyed key; AES keys rotate before they encrypt much more; the audit log says
 * what was lost. Safe to repeat after a crash.
 * @throws EstateError AUDIT_ROLLED_BACK when the note is of another database
 */
export async function acceptRestored(estate: Estate, restored: Restored): Promise<void> {
  const { hsm, store } = estate;
  await refuseOtherDatabase(estate, restored.audit);
  if (restored.memory) await hsm.memory.merge(restored.memory);
  const { checkpoint } = await hsm.memory.read();
  const isShorter = await refuseOlderLog(store.audit, checkpoint).then(
    () => false,
    (error: unknown) => {
      if (error instanceof EstateError && error.code === 'AUDIT_ROLLED_BACK') return true;
      throw error;
    },
  );
  if (isShorter) await hsm.memory.acceptRollback(restored.audit);
  await raiseCounts(estate);
  await noteRestored(estate, restored, isShorter);
}

/** The note counts for the log that it names, which may have grown since. */
async function refuseOtherDatabase({ store: { audit } }: Estate, named: LogState): Promise<void> {
  const size = await audit.size();
  const reason = 'the restore marker in the data folder is of another database';
  if (size < named.size) throw new EstateError('AUDIT_ROLLED_BACK', { reason, size, restoredSize: named.size });
  const root = await treeRoot(named.size, (level, position) => audit.node(level, position));
  if (!sameHash(root, named.root)) throw new EstateError('AUDIT_ROLLED_BACK', { reason, restoredSize: named.size });
}

/** @param isAcceptedNow what was accepted right now has no event yet, whatever the log holds */
async function noteRestored(estate: Estate, restored: Restored, isAcceptedNow: boolean): Promise<void> {
  const { restoredAt, backup, audit: to } = restored;
  const memory = await estate.hsm.memory.read();
  const isNoted = !isAcceptedNow && (await hasNote(estate, restored, memory));
  const author = { estate, call: systemCall('setup', estate.newId()), now: estate.now() };
  const accepted = memory.rollbacks.findLast((rollback) => rollback.to.size === to.size && sameHash(rollback.to.root, to.root));
  await estate.store.write(async (tx) => {
    await recordSeenMemory(tx, author, memory, { anyhow: true });
    await tellAgain(tx, author);
    if (isNoted) return;
    const details = {
      backup,
      restoredAt,
      size: to.size,
      root: bytesToHex(to.root),
      lost: accepted ? { fromIndex: to.size, rememberedSize: accepted.from.size, rememberedRoot: bytesToHex(accepted.from.root) } : null,
      hsmGeneration: memory.generation,
      rollbacks: memory.rollbacks.length,
    };
    const target = { kind: 'instance', id: null, name: null, vaultId: null };
    await tx.appendAudit(auditEvent(author, { action: 'backup.restored' }, { target, details }));
  });
}

/**
 * Whether the log tells of this very restore and of all that the HSM has accepted: a note that is used a second time, for a
 * database or an HSM state that was put back again, has an event of its own.
 */
async function hasNote({ store }: Estate, { restoredAt, audit: to }: Restored, memory: Remembered): Promise<boolean> {
  const seen = await seenMemory(store.read);
  if (seen && seen.generation > memory.generation) return false;
  const [latest] = await store.audit.list({ action: 'backup.restored' }, { limit: 1 });
  const details = latest?.event.details ?? {};
  const expected = { restoredAt, size: to.size, root: bytesToHex(to.root), rollbacks: memory.rollbacks.length };
  return Object.entries(expected).every(([name, value]) => details[name] === value);
}

/** An HSM state out of a backup may lack what was destroyed after it; the database knows, as far as it goes. */
async function tellAgain(tx: Writer, author: Author): Promise<void> {
  const told = await tx.find('destroyedKey', { toldAt: { ne: null } }, Number.MAX_SAFE_INTEGER);
  for (const key of told) await tx.update('destroyedKey', changed(author, key, { toldAt: null }));
}
