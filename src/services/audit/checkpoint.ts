import { z } from 'zod';
import { treeRoot } from '../../domain/audit-log.js';
import { checkpointBody, checkpointOrigin } from '../../domain/checkpoint.js';
import type { Estate } from '../estate.js';
import { everywhere } from '../everywhere.js';
import { use } from '../operation.js';
import { logSigner } from './log-signer.js';

export interface AuditCheckpoint {
  /** C2SP tlog-checkpoint, signed by the HSM. */
  readonly note: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** The signing key in C2SP's `vkey` form. */
  readonly verifierKey: string;
}

/** A signed statement of the audit log's size and root, as they are now. @throws EstateError HSM_SEALED */
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

/** @throws EstateError HSM_SEALED */
export async function signedCheckpoint(estate: Estate): Promise<AuditCheckpoint> {
  const { audit } = estate.store;
  const size = await audit.size();
  const root = await treeRoot(size, (level, position) => audit.node(level, position));
  const signer = await logSigner(estate);
  const note = await signer.sign(checkpointBody({ origin: checkpointOrigin(estate.instanceId), size, root }));
  return { note, size, root, verifierKey: signer.verifierKey };
}
