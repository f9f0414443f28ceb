import { z } from 'zod';
import { checkpointBody, checkpointOrigin } from '../../domain/checkpoint.js';
import type { Estate } from '../estate.js';
import { everywhere } from '../everywhere.js';
import { use } from '../operation.js';
import { logSigner } from './log-signer.js';
import { logState, rememberLog } from './remember-log.js';

export interface AuditCheckpoint {
  /** C2SP tlog-checkpoint, signed by the HSM. */
  readonly note: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** The signing key in C2SP's `vkey` form. */
  readonly verifierKey: string;
}

/**
 * A signed statement of the audit log's size and root, as they are now; the HSM remembers it.
 * @throws EstateError HSM_SEALED · AUDIT_ROLLED_BACK when the log is not the one that the HSM remembers
 */
export const auditCheckpoint = use({
  name: 'auditCheckpoint',
  action: 'audit.checkpoint',
  input: z.strictObject({}),
  place: everywhere('audit-log'),
  use: async ({ estate }) => {
    const output = await signedCheckpoint(estate);
    return { output, details: { size: output.size } };
  },
});

/** @throws EstateError HSM_SEALED, AUDIT_ROLLED_BACK */
export async function signedCheckpoint(estate: Estate): Promise<AuditCheckpoint> {
  const { size, root } = await logState(estate.store.audit);
  // Before it is signed: no signature for a log that went back.
  await rememberLog(estate, { size, root });
  const signer = await logSigner(estate);
  const note = await signer.sign(checkpointBody({ origin: checkpointOrigin(estate.instanceId), size, root }));
  return { note, size, root, verifierKey: signer.verifierKey };
}
