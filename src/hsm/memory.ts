/**
 * What an HSM remembers between two starts: a value with its changes, its bytes and its seal, the same for every engine.
 *
 * The bytes are MessagePack of [1, generation, checkpoint, rollbacks, destroyed]; a state of the log is [size, root].
 * Destroyed key ids are 16 bytes each, the first of SHA-256 of the id, sorted. The sealed form is these bytes followed by
 * a MAC of 32 bytes under a key that only the master key of this one instance gives.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { decode, encode } from '@msgpack/msgpack';
import { EstateError } from '../domain/errors.js';
import type { AcceptedRollback, LogState, Remembered } from './contract.js';

export interface Memory {
  readonly generation: number;
  readonly checkpoint: LogState | null;
  readonly rollbacks: readonly AcceptedRollback[];
  /** Entries of 16 bytes, in ascending order, each once. */
  readonly destroyed: Uint8Array;
}

/** A change as it is sent to a unit. */
export type MemoryChange =
  | { readonly kind: 'checkpoint'; readonly checkpoint: LogState }
  | { readonly kind: 'rollback'; readonly to: LogState }
  | { readonly kind: 'destroy'; readonly keyIds: readonly string[] }
  /** The sealed memory of another copy. */
  | { readonly kind: 'merge'; readonly sealed: Uint8Array };

/** HMAC-SHA-256 (32 bytes) under the memory's key. */
export type MemoryMac = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

type LogTuple = [size: number, root: Uint8Array];
type MemoryTuple = [
  version: 1,
  generation: number,
  checkpoint: LogTuple | null,
  rollbacks: [from: LogTuple, to: LogTuple][],
  destroyed: Uint8Array,
];

const version = 1;
const macBytes = 32;
const entryBytes = 16;

export const emptyMemory: Memory = { generation: 0, checkpoint: null, rollbacks: [], destroyed: new Uint8Array() };

/** The memory and its MAC, to be kept where anybody may read it and nobody can change it unseen. */
export async function sealMemory(memory: Memory, mac: MemoryMac): Promise<Uint8Array> {
  const bytes = encodeMemory(memory);
  return new Uint8Array(Buffer.concat([bytes, await mac(bytes)]));
}

/** @throws EstateError MASTER_KEY_STATE_FORBIDS (SEALED_STATE_ALTERED) unless the MAC is the right one */
export async function openMemory(sealed: Uint8Array, mac: MemoryMac): Promise<Memory> {
  if (sealed.length <= macBytes) return refuseAltered();
  const bytes = sealed.subarray(0, sealed.length - macBytes);
  const found = sealed.subarray(sealed.length - macBytes);
  const expected = await mac(bytes);
  if (expected.length !== macBytes || !timingSafeEqual(expected, found)) return refuseAltered();
  return decodeMemory(bytes);
}

/**
 * The memory after a change; the same object when nothing changes. `other` is the opened memory of a merge.
 * @throws EstateError AUDIT_ROLLED_BACK
 */
export function afterChange(memory: Memory, change: Exclude<MemoryChange, { kind: 'merge' }> | { kind: 'merge'; other: Memory }): Memory {
  const changed = changedBy[change.kind](memory, change as never);
  return changed === memory ? memory : { ...changed, generation: Math.max(memory.generation, changed.generation) + 1 };
}

/** Whether the key of this id is destroyed. */
export function isDestroyed(memory: Memory, keyId: string): boolean {
  return memory.destroyed.length > 0 && holds(memory.destroyed, entryOf(keyId));
}

/** What of it a caller may see. */
export function rememberedOf(memory: Memory): Remembered {
  const { generation, checkpoint, rollbacks, destroyed } = memory;
  const digest = new Uint8Array(createHash('sha256').update(encodeMemory(memory)).digest());
  return { generation, digest, checkpoint, rollbacks, destroyedKeys: destroyed.length / entryBytes };
}

const changedBy = {
  checkpoint(memory: Memory, { checkpoint }: { readonly checkpoint: LogState }): Memory {
    const known = memory.checkpoint;
    if (!known || checkpoint.size > known.size) return { ...memory, checkpoint };
    if (checkpoint.size === known.size && Buffer.compare(checkpoint.root, known.root) === 0) return memory;
    throw new EstateError('AUDIT_ROLLED_BACK', { rememberedSize: known.size, size: checkpoint.size });
  },
  rollback(memory: Memory, { to }: { readonly to: LogState }): Memory {
    const from = memory.checkpoint;
    return from ? { ...memory, checkpoint: to, rollbacks: [...memory.rollbacks, { from, to }] } : { ...memory, checkpoint: to };
  },
  destroy(memory: Memory, { keyIds }: { readonly keyIds: readonly string[] }): Memory {
    const added = keyIds.map(entryOf).filter((entry) => !holds(memory.destroyed, entry));
    return added.length === 0 ? memory : { ...memory, destroyed: union(memory.destroyed, sorted(added)) };
  },
  merge(memory: Memory, { other }: { readonly other: Memory }): Memory {
    const destroyed = union(memory.destroyed, other.destroyed);
    const checkpoint = later(memory.checkpoint, other.checkpoint);
    const isKnown = destroyed.length === memory.destroyed.length && checkpoint === memory.checkpoint;
    const generation = Math.max(memory.generation, other.generation);
    return isKnown && generation === memory.generation ? memory : { ...memory, generation, checkpoint, destroyed };
  },
} as const;

function later(own: LogState | null, other: LogState | null): LogState | null {
  return other && (!own || other.size > own.size) ? other : own;
}

function entryOf(keyId: string): Uint8Array {
  return createHash('sha256').update(keyId, 'utf8').digest().subarray(0, entryBytes);
}

function sorted(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([...entries].sort((a, b) => Buffer.compare(a, b)));
}

function holds(entries: Uint8Array, entry: Uint8Array): boolean {
  return place(entries, entry).isThere;
}

/** Where an entry is, or would be. */
function place(entries: Uint8Array, entry: Uint8Array): { readonly at: number; readonly isThere: boolean } {
  let low = 0;
  let high = entries.length / entryBytes;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = Buffer.compare(entryAt(entries, middle), entry);
    if (order === 0) return { at: middle, isThere: true };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { at: low, isThere: false };
}

/** Two sorted runs as one, each entry once; quick when `b` is short. */
function union(a: Uint8Array, b: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (let i = 0; i < b.length / entryBytes; i += 1) {
    const entry = entryAt(b, i);
    const isRepeated = i > 0 && Buffer.compare(entryAt(b, i - 1), entry) === 0;
    const { at, isThere } = place(a, entry);
    if (isRepeated || isThere) continue;
    parts.push(a.subarray(copied, at * entryBytes), entry);
    copied = at * entryBytes;
  }
  return new Uint8Array(Buffer.concat([...parts, a.subarray(copied)]));
}

function entryAt(entries: Uint8Array, index: number): Uint8Array {
  return entries.subarray(index * entryBytes, (index + 1) * entryBytes);
}

function encodeMemory({ generation, checkpoint, rollbacks, destroyed }: Memory): Uint8Array {
  const tuple = ({ size, root }: LogState): LogTuple => [size, root];
  const fields: MemoryTuple = [
    version,
    generation,
    checkpoint && tuple(checkpoint),
    rollbacks.map(({ from, to }) => [tuple(from), tuple(to)]),
    destroyed,
  ];
  return encode(fields);
}

/** Called with authenticated bytes only; what they hold was written by this code, of this version or a later one. */
function decodeMemory(bytes: Uint8Array): Memory {
  const fields = decode(bytes) as MemoryTuple;
  if (fields[0] !== version) return refuseAltered();
  const [, generation, checkpoint, rollbacks, destroyed] = fields;
  const state = ([size, root]: LogTuple): LogState => ({ size, root: root.slice() });
  return {
    generation,
    checkpoint: checkpoint && state(checkpoint),
    rollbacks: rollbacks.map(([from, to]) => ({ from: state(from), to: state(to) })),
    destroyed: destroyed.slice(),
  };
}

function refuseAltered(): never {
  throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason: 'SEALED_STATE_ALTERED' });
}
