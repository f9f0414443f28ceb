/** Proofs that whoever holds a checkpoint can check alone (RFC 9162 sections 2.1.3 and 2.1.4). */
import { z } from 'zod';
import { consistencyProof, inclusionProof, treeRoot } from '../../domain/audit-log.js';
import { EstateError } from '../../domain/errors.js';
import type { Store } from '../../store/contract.js';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';
import { logPosition } from '../rules.js';

export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export interface ConsistencyProof {
  readonly first: number;
  readonly second: number;
  readonly firstRoot: Uint8Array;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** That an event is part of the log's first `size` events; without a size, of all. @throws EstateError AUDIT_EVENT_NOT_FOUND */
export const auditInclusionProof = read({
  name: 'auditInclusionProof',
  action: 'audit.prove-inclusion',
  input: z.strictObject({ index: logPosition, size: logPosition.optional() }),
  place: everywhere('audit-log'),
  read: async ({ estate }, { index, size: asked }): Promise<InclusionProof> => {
    const { audit } = estate.store;
    const size = await sizeWithin(audit, asked);
    const node = lookup(audit);
    const proof = await inclusionProof(index, size, node);
    const leafHash = await node(0, index);
    if (!leafHash) throw new EstateError('AUDIT_EVENT_NOT_FOUND');
    return { index, size, leafHash, proof, root: await treeRoot(size, node) };
  },
});

/** That the log's first `second` events begin with its first `first`. @throws EstateError AUDIT_EVENT_NOT_FOUND */
export const auditConsistencyProof = read({
  name: 'auditConsistencyProof',
  action: 'audit.prove-consistency',
  input: z.strictObject({ first: logPosition, second: logPosition.optional() }),
  place: everywhere('audit-log'),
  read: async ({ estate }, { first, second: asked }): Promise<ConsistencyProof> => {
    const { audit } = estate.store;
    const second = await sizeWithin(audit, asked);
    const node = lookup(audit);
    const proof = await consistencyProof(first, second, node);
    return { first, second, proof, firstRoot: await treeRoot(first, node), secondRoot: await treeRoot(second, node) };
  },
});

function lookup(audit: Store['audit']) {
  return (level: number, position: number) => audit.node(level, position);
}

/** The size asked for, or the log's own. @throws EstateError AUDIT_EVENT_NOT_FOUND when the log is shorter */
async function sizeWithin(audit: Store['audit'], asked: number | undefined): Promise<number> {
  const size = await audit.size();
  if (asked !== undefined && asked > size) throw new EstateError('AUDIT_EVENT_NOT_FOUND');
  return asked ?? size;
}
