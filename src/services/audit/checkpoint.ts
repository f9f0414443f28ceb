import { utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { treeRoot } from '../../domain/audit-log.js';
import { checkpointBody, checkpointOrigin, type NoteKey, rawEd25519Key, signedNote, verifierKey } from '../../domain/checkpoint.js';
import { EstateError } from '../../domain/errors.js';
import type { Estate } from '../estate.js';
import { everywhere } from '../everywhere.js';
import { use } from '../operation.js';
import { type SystemKey, systemKey } from '../system-keys.js';

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
  const key = await systemKey(estate, 'audit-checkpoint');
  const noteKey = noteKeyOf(estate, key);
  const body = checkpointBody({ origin: checkpointOrigin(estate.instanceId), size, root });
  const [signed] = await estate.hsm.sign(key, 'EDDSA', [utf8ToBytes(body)]);
  if (!signed?.ok) throw new EstateError('CRYPTO_FAILED');
  return { note: signedNote(body, noteKey, signed.data), size, root, verifierKey: verifierKey(noteKey) };
}

function noteKeyOf(estate: Estate, key: SystemKey): NoteKey {
  return { name: checkpointOrigin(estate.instanceId), publicKey: rawEd25519Key(key.publicKey ?? new Uint8Array()) };
}
