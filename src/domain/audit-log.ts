/**
 * The audit log's Merkle tree (RFC 9162 section 2.1) with SHA-256.
 *
 * Only hashes of complete subtrees are ever stored: level 0 are the leaves, and position `p` of level `l` covers the
 * leaves from p * 2^l on. Everything else is computed from them. Sizes and indexes are safe integers.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { EstateError } from './errors.js';

/** The hash of a complete subtree, or `undefined` where the log has none. */
export type NodeLookup = (level: number, position: number) => Promise<Uint8Array | undefined>;

/** A complete subtree and its hash, as it is stored. */
export interface TreeNode {
  readonly level: number;
  readonly position: number;
  readonly hash: Uint8Array;
}

/** A run of leaves, `end` excluded, that is one node of the tree. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

const leafPrefix = Uint8Array.of(0x00);
const nodePrefix = Uint8Array.of(0x01);

/** Root of the log without events: SHA-256 of nothing. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array());

/** SHA-256(0x00 || UTF-8 of an event's canonical JSON). */
export function leafHash(canonical: string): Uint8Array {
  return leafHashOfBytes(utf8ToBytes(canonical));
}

/** SHA-256(0x00 || bytes). */
export function leafHashOfBytes(bytes: Uint8Array): Uint8Array {
  return sha256(concatBytes(leafPrefix, bytes));
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(nodePrefix, left, right));
}

/** The largest power of two smaller than a size of at least 2. */
export function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/**
 * Root hash of the log's first `size` events.
 * @throws EstateError AUDIT_EVENT_NOT_FOUND when the log is shorter.
 */
export async function treeRoot(size: number, lookup: NodeLookup): Promise<Uint8Array> {
  requireCount(size);
  return size === 0 ? emptyRoot : await rangeHash({ start: 0, end: size }, lookup);
}

/**
 * The hashes that lead from an event to the root of the first `size` events, nearest first (RFC 9162 section 2.1.3.1).
 * @throws EstateError AUDIT_EVENT_NOT_FOUND when index or size lie outside the log.
 */
export async function inclusionProof(index: number, size: number, lookup: NodeLookup): Promise<Uint8Array[]> {
  requireCount(size);
  requireCount(index);
  if (index >= size) throw new EstateError('AUDIT_EVENT_NOT_FOUND');
  const siblings = pathTo(index, size).map((step) => step.sibling);
  return await Promise.all(siblings.map((range) => rangeHash(range, lookup)));
}

/**
 * The hashes that show that the first `second` events begin with the first `first` (RFC 9162 section 2.1.4.1).
 * Empty when the sizes are equal or the first is 0.
 * @throws EstateError AUDIT_EVENT_NOT_FOUND when a size lies outside the log or the first is larger.
 */
export async function consistencyProof(first: number, second: number, lookup: NodeLookup): Promise<Uint8Array[]> {
  requireCount(first);
  requireCount(second);
  if (first > second) throw new EstateError('AUDIT_EVENT_NOT_FOUND');
  if (first === 0 || first === second) return [];
  return await Promise.all(consistencyRanges(first, second).map((range) => rangeHash(range, lookup)));
}

/** Whether a proof leads from a leaf at `index` to `root` (RFC 9162 section 2.1.3.2). */
export function verifyInclusion(claim: {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  if (!isCount(claim.index) || !isCount(claim.size) || claim.index >= claim.size) return false;
  const path = pathTo(claim.index, claim.size);
  if (path.length !== claim.proof.length) return false;
  const root = claim.proof.reduce(
    (hash, sibling, step) => (path[step]?.isRight ? nodeHash(hash, sibling) : nodeHash(sibling, hash)),
    claim.leafHash,
  );
  return sameHash(root, claim.root);
}

/** Whether a proof shows that the tree of `second` events continues the one of `first` (RFC 9162 section 2.1.4.2). */
export function verifyConsistency(claim: {
  readonly first: number;
  readonly second: number;
  readonly firstRoot: Uint8Array;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { first, second, firstRoot, secondRoot, proof } = claim;
  if (!isCount(first) || !isCount(second) || first > second) return false;
  if (first === second) return proof.length === 0 && sameHash(firstRoot, secondRoot);
  if (first === 0) return proof.length === 0 && sameHash(firstRoot, emptyRoot);
  const ranges = consistencyRanges(first, second);
  // The proof leaves out the first root itself where it is a node of the second tree.
  const known = new Map<number, KnownNode>();
  if (isPowerOfTwo(first)) known.set(0, { end: first, hash: firstRoot });
  if (ranges.length !== proof.length) return false;
  for (const [position, range] of ranges.entries()) known.set(range.start, { end: range.end, hash: proof[position] as Uint8Array });
  return (
    sameHash(foldKnown({ start: 0, end: first }, known), firstRoot) && sameHash(foldKnown({ start: 0, end: second }, known), secondRoot)
  );
}

interface KnownNode {
  readonly end: number;
  readonly hash: Uint8Array;
}

/** The hash of a range whose parts are known. */
function foldKnown(range: LeafRange, known: ReadonlyMap<number, KnownNode>): Uint8Array {
  const node = known.get(range.start);
  if (node?.end === range.end) return node.hash;
  const middle = range.start + splitOf(range.end - range.start);
  return nodeHash(foldKnown({ start: range.start, end: middle }, known), foldKnown({ start: middle, end: range.end }, known));
}

/** The log's right edge: all that is needed to append. Never changed in place. */
export interface Frontier {
  readonly size: number;
  /** Complete subtrees from left (largest) to right (smallest), one per bit of the size. */
  readonly nodes: readonly TreeNode[];
}

/** The frontier of a log without events. */
export const emptyFrontier: Frontier = { size: 0, nodes: [] };

/**
 * The frontier of a stored log of `size` events.
 * @throws EstateError AUDIT_EVENT_NOT_FOUND when the log is shorter.
 */
export async function frontierOf(size: number, lookup: NodeLookup): Promise<Frontier> {
  requireCount(size);
  const nodes: TreeNode[] = [];
  let start = 0;
  for (let level = 52; level >= 0; level -= 1) {
    const width = 2 ** level;
    if (size - start < width) continue;
    const hash = await nodeOf(level, start / width, lookup);
    nodes.push({ level, position: start / width, hash });
    start += width;
  }
  return { size, nodes };
}

/** The frontier with one leaf more, and the subtrees that it completes (the leaf itself first): they must be stored. */
export function appendLeaf(frontier: Frontier, hash: Uint8Array): { readonly frontier: Frontier; readonly completed: readonly TreeNode[] } {
  const nodes = [...frontier.nodes];
  let node: TreeNode = { level: 0, position: frontier.size, hash };
  const completed = [node];
  for (let left = nodes.at(-1); left?.level === node.level; left = nodes.at(-1)) {
    nodes.pop();
    node = { level: node.level + 1, position: left.position / 2, hash: nodeHash(left.hash, node.hash) };
    completed.push(node);
  }
  return { frontier: { size: frontier.size + 1, nodes: [...nodes, node] }, completed };
}

/** Root hash of the log up to its right edge. */
export function frontierRoot(frontier: Frontier): Uint8Array {
  return frontier.nodes.length === 0
    ? emptyRoot
    : frontier.nodes.map((node) => node.hash).reduceRight((right, left) => nodeHash(left, right));
}

/** The hash of one node of the tree; incomplete ones are put together from complete subtrees. */
export async function rangeHash({ start, end }: LeafRange, lookup: NodeLookup): Promise<Uint8Array> {
  const width = end - start;
  if (isPowerOfTwo(width)) return await nodeOf(Math.round(Math.log2(width)), start / width, lookup);
  const middle = start + splitOf(width);
  const [left, right] = await Promise.all([rangeHash({ start, end: middle }, lookup), rangeHash({ start: middle, end }, lookup)]);
  return nodeHash(left, right);
}

/** The siblings on the way from a leaf up to the root of `size` leaves, and on which side they stand. */
export function pathTo(index: number, size: number): { readonly sibling: LeafRange; readonly isRight: boolean }[] {
  const path: { sibling: LeafRange; isRight: boolean }[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    const isRight = index < middle;
    path.unshift({ sibling: isRight ? { start: middle, end } : { start, end: middle }, isRight });
    if (isRight) end = middle;
    else start = middle;
  }
  return path;
}

/** SUBPROOF of RFC 9162 section 2.1.4.1 as ranges, nearest first. */
function consistencyRanges(first: number, second: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = second;
  let holdsFirstRoot = true;
  while (first !== end) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
      holdsFirstRoot = false;
    }
  }
  return holdsFirstRoot ? ranges : [{ start, end }, ...ranges];
}

async function nodeOf(level: number, position: number, lookup: NodeLookup): Promise<Uint8Array> {
  const hash = await lookup(level, position);
  if (!hash) throw new EstateError('AUDIT_EVENT_NOT_FOUND');
  return hash;
}

function isPowerOfTwo(size: number): boolean {
  return size === 1 || splitOf(size) * 2 === size;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function requireCount(value: number): void {
  if (!isCount(value)) throw new EstateError('AUDIT_EVENT_NOT_FOUND');
}

/** Whether two hashes are equal; they are public, so time does not matter. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, position) => byte === b[position]);
}
