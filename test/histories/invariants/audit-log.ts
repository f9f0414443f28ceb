import { appendLeaf, emptyFrontier, frontierRoot, leafHash, sameHash } from '../../../src/domain/audit-log.js';
import { canonicalJson } from '../../../src/domain/canonical-json.js';
import type { JsonValue } from '../../../src/domain/entity.js';
import type { Evidence } from '../invariants.js';
import type { HeadSeen } from '../snapshot.js';

/** Indexes without gaps, every event under its own hash and its own id, and the root they come to now and came to earlier. */
export function auditLog({ snapshot }: Evidence): readonly string[] {
  const { records, head, checkpoints } = snapshot.log;
  const faults: string[] = [];
  const earlier = (size: number) => checkpoints.filter((checkpoint) => checkpoint.size === size);
  const ids = new Set<string>();
  let frontier = emptyFrontier;
  for (const [position, { index, event, leafHash: given }] of records.entries()) {
    if (index !== position) return [`record ${index} stands at place ${position} of the audit log`];
    faults.push(...differing(earlier(position), frontierRoot(frontier)));
    const hash = leafHash(canonicalJson(event as unknown as JsonValue));
    if (given !== null && !sameHash(given, hash)) faults.push(`record ${index} is not what its hash says`);
    if (ids.has(event.id)) faults.push(`the event ${event.id} of record ${index} is there twice`);
    ids.add(event.id);
    frontier = appendLeaf(frontier, hash).frontier;
  }
  faults.push(...differing(earlier(records.length), frontierRoot(frontier)));
  for (const { size } of checkpoints)
    if (size > records.length) faults.push(`the log had ${size} events at a checkpoint and has ${records.length} now`);
  if (head.size !== records.length) faults.push(`the log says it has ${head.size} events, and ${records.length} can be read`);
  else if (!sameHash(head.root, frontierRoot(frontier))) faults.push('the events do not come to the root of the log');
  return faults;
}

function differing(checkpoints: readonly HeadSeen[], root: Uint8Array): string[] {
  return checkpoints
    .filter((checkpoint) => !sameHash(checkpoint.root, root))
    .map(({ size }) => `the first ${size} events are not those of the checkpoint`);
}
