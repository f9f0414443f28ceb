/** The audit log against what the HSM remembers of it: a log that went back is noticed. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { sameHash, treeRoot } from '../../domain/audit-log.js';
import { EstateError } from '../../domain/errors.js';
import type { LogState } from '../../hsm/contract.js';
import type { AuditLog, Store } from '../../store/contract.js';
import type { Estate } from '../estate.js';

/** The log as it is now. */
export async function logState(audit: AuditLog): Promise<LogState> {
  const size = await audit.size();
  return { size, root: await rootAt(audit, size) };
}

/** @throws EstateError AUDIT_ROLLED_BACK when the log is shorter than the remembered one, or has another root at that size */
export async function refuseOlderLog(audit: AuditLog, remembered: LogState | null): Promise<void> {
  if (!remembered) return;
  const size = await audit.size();
  const details = { size, rememberedSize: remembered.size, rememberedRoot: bytesToHex(remembered.root) };
  if (size < remembered.size) throw new EstateError('AUDIT_ROLLED_BACK', details);
  const root = await rootAt(audit, remembered.size);
  if (!sameHash(root, remembered.root)) throw new EstateError('AUDIT_ROLLED_BACK', { ...details, root: bytesToHex(root) });
}

/**
 * The HSM remembers this state of the log, or a later one that the log holds too.
 * @throws EstateError AUDIT_ROLLED_BACK when the log is not the one that the HSM remembers
 */
export async function rememberLog(
  { store, hsm }: { readonly store: Pick<Store, 'audit'> } & Pick<Estate, 'hsm'>,
  state: LogState,
): Promise<void> {
  for (;;) {
    const { checkpoint } = await hsm.memory.read();
    await refuseOlderLog(store.audit, checkpoint);
    if (checkpoint && checkpoint.size >= state.size) return;
    try {
      return await hsm.memory.rememberCheckpoint(state);
    } catch (error) {
      // Somebody was faster with a later state: looked at again.
      if (!(error instanceof EstateError && error.code === 'AUDIT_ROLLED_BACK')) throw error;
    }
  }
}

async function rootAt(audit: AuditLog, size: number): Promise<Uint8Array> {
  return await treeRoot(size, (level, position) => audit.node(level, position));
}
