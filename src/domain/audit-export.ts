/**
 * Proof of an exported audit log: whoever has the export and a checkpoint learns which event was touched first.
 *
 * A line may carry the hashes of the subtrees that begin to its right. They let the verifier hold every single event
 * against the signed root, so that an edit, a gap or a swap is found at its index even if the hashes in the export
 * were edited along with it. All lines together carry one such hash per event.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { AuditEvent } from './audit-event.js';
import {
  appendLeaf,
  emptyFrontier,
  frontierRoot,
  type LeafRange,
  leafHash,
  type NodeLookup,
  nodeHash,
  pathTo,
  rangeHash,
  sameHash,
} from './audit-log.js';
import { canonicalJson } from './canonical-json.js';
import type { JsonValue } from './entity.js';

/** One event of an export; one JSON object per line, in the order of `index`, which counts from 0. */
export interface ExportLine {
  readonly index: number;
  readonly event: JsonValue;
  /** Lower-case hex. */
  readonly leafHash?: string;
  /** See `rightSiblings`; lower-case hex. Either all lines carry them or none. */
  readonly right?: readonly string[];
}

/** Size and root that the export must come to, from a checkpoint whose signature was verified. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

export const exportFaults = [
  'MALFORMED',
  'OUT_OF_ORDER',
  'EVENT_ALTERED',
  'NOT_IN_TREE',
  'MISSING',
  'NOT_COVERED',
  'ROOT_DIFFERS',
  'BEHIND_WITNESS',
  'WITNESS_DIFFERS',
] as const;
/**
 * `OUT_OF_ORDER`: the line's index is not the next one. `EVENT_ALTERED`: the event does not have the hash beside it.
 * `NOT_IN_TREE`: the event is not the one the checkpoint has at this index. `MISSING`: the export ends too early.
 * `NOT_COVERED`: events beyond the checkpoint. `ROOT_DIFFERS`: some event was changed, and the export carries too few
 * hashes to say which. `BEHIND_WITNESS`: an earlier checkpoint covers more events. `WITNESS_DIFFERS`: the log does not begin
 * with the one that an earlier checkpoint covers.
 */
export type ExportFault = (typeof exportFaults)[number];

export type ExportVerdict =
  | { readonly ok: true; readonly size: number }
  /** `index` is the first bad one; `null` only with ROOT_DIFFERS, BEHIND_WITNESS and WITNESS_DIFFERS. */
  | { readonly ok: false; readonly index: number | null; readonly fault: ExportFault };

/** The text an event is hashed and stored as. */
export function canonicalEvent(event: AuditEvent): string {
  return canonicalJson(event as unknown as JsonValue);
}

/** Hashes that an export's line carries: of the subtrees that begin right of this leaf's own, nearest first. */
export async function rightSiblings(index: number, size: number, lookup: NodeLookup): Promise<Uint8Array[]> {
  return await Promise.all(newRanges(index, size).map((range) => rangeHash(range, lookup)));
}

/**
 * Holds an export against a checkpoint; reads each line once and keeps no more than the tree's height of hashes.
 * @param witness an earlier checkpoint of the same log, which this one must continue
 */
export async function verifyExport(
  lines: Iterable<ExportLine> | AsyncIterable<ExportLine>,
  head: TreeHead,
  witness?: TreeHead,
): Promise<ExportVerdict> {
  if (witness && witness.size > head.size) return { ok: false, index: null, fault: 'BEHIND_WITNESS' };
  let next = 0;
  let frontier = emptyFrontier;
  const trusted: Trusted[] = [{ start: 0, end: head.size, hash: head.root }];
  let isWitnessed = !witness || continues(frontier, 0, witness);
  for await (const line of lines) {
    const leaf = leafOf(line);
    if (!leaf) return { ok: false, index: next, fault: 'MALFORMED' };
    const fault = faultOf(line, leaf, next, head.size, trusted);
    if (fault) return { ok: false, index: next, fault };
    frontier = appendLeaf(frontier, leaf).frontier;
    next += 1;
    isWitnessed &&= !witness || continues(frontier, next, witness);
  }
  if (next < head.size) return { ok: false, index: next, fault: 'MISSING' };
  if (!sameHash(frontierRoot(frontier), head.root)) return { ok: false, index: null, fault: 'ROOT_DIFFERS' };
  if (!isWitnessed) return { ok: false, index: null, fault: 'WITNESS_DIFFERS' };
  return { ok: true, size: next };
}

/** Whether the first `size` events are no other than the witness's, as far as that can be seen at this size. */
function continues(frontier: Parameters<typeof frontierRoot>[0], size: number, witness: TreeHead): boolean {
  return size !== witness.size || sameHash(frontierRoot(frontier), witness.root);
}

/** A part of the tree whose hash follows from the root; the leftmost stands last. */
interface Trusted extends LeafRange {
  readonly hash: Uint8Array;
}

function leafOf(line: ExportLine): Uint8Array | undefined {
  try {
    return leafHash(canonicalJson(line.event));
  } catch {
    return undefined;
  }
}

function faultOf(line: ExportLine, leaf: Uint8Array, index: number, size: number, trusted: Trusted[]): ExportFault | undefined {
  if (line.index !== index) return 'OUT_OF_ORDER';
  if (index >= size) return 'NOT_COVERED';
  if (line.leafHash !== undefined && line.leafHash !== bytesToHex(leaf)) return 'EVENT_ALTERED';
  if (line.right === undefined) return undefined;
  return leadsToTrusted(leaf, line.right, index, size, trusted) ? undefined : 'NOT_IN_TREE';
}

function leadsToTrusted(leaf: Uint8Array, right: readonly string[], index: number, size: number, trusted: Trusted[]): boolean {
  const ranges = newRanges(index, size);
  const parent = trusted.pop();
  if (parent?.start !== index || right.length !== ranges.length) return false;
  const siblings = right.map(hashOf);
  const hash = siblings.reduce<Uint8Array>((left, sibling) => nodeHash(left, sibling ?? new Uint8Array()), leaf);
  if (!sameHash(hash, parent.hash)) return false;
  for (const [step, range] of [...ranges.entries()].reverse()) trusted.push({ ...range, hash: siblings[step] as Uint8Array });
  return true;
}

function hashOf(hex: string): Uint8Array | undefined {
  return /^[0-9a-f]{64}$/.test(hex) ? hexToBytes(hex) : undefined;
}

/** The right siblings below the largest subtree that begins with this leaf, nearest first. */
function newRanges(index: number, size: number): LeafRange[] {
  const path = pathTo(index, size);
  const firstLeft = path.findIndex((step) => !step.isRight);
  return (firstLeft === -1 ? path : path.slice(0, firstLeft)).map((step) => step.sibling);
}
