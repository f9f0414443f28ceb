/** The file that `kyok audit export` writes: one event a line, and the signed checkpoint in the last. */
import { closeSync, createReadStream, openSync, rmSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type ExportLine, rightSiblings } from '../domain/audit-export.js';
import { type NodeLookup, nodeHash } from '../domain/audit-log.js';
import { writeWholeFile } from '../files/whole-file.js';
import { usageFailure } from './failure.js';

/** Lines of a file as JSON, with the line's number from 1. */
async function* jsonLines(path: string): AsyncGenerator<unknown, void, void> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield jsonOrNothing(line);
  }
}

function jsonOrNothing(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function isCheckpointLine(value: unknown): value is { readonly checkpoint: string } {
  return typeof (value as { checkpoint?: unknown } | null | undefined)?.checkpoint === 'string';
}

/**
 * The signed checkpoint in the last line of an export.
 * @throws CliFailure USAGE when there is none.
 */
export async function checkpointIn(path: string): Promise<string> {
  let last: unknown;
  for await (const value of jsonLines(path)) last = value;
  if (!isCheckpointLine(last)) throw usageFailure(`${path} does not end with a checkpoint; give one with --checkpoint.`);
  return last.checkpoint;
}

/** The events of an export; a line that cannot be read comes as one that verification names. */
export async function* eventsIn(path: string): AsyncGenerator<ExportLine, void, void> {
  for await (const value of jsonLines(path)) {
    if (isCheckpointLine(value)) continue;
    yield isExportLine(value) ? value : { index: Number.NaN, event: undefined as never };
  }
}

function isExportLine(value: unknown): value is ExportLine {
  return typeof value === 'object' && value !== null && 'index' in value && 'event' in value;
}

/** Complete subtrees over leaves that are all at hand. */
export function treeOver(leaves: readonly Uint8Array[]): NodeLookup {
  const levels: (readonly Uint8Array[])[] = [leaves];
  for (let below = leaves; below.length > 1; ) {
    const level = Array.from({ length: Math.floor(below.length / 2) }, (_, position) =>
      nodeHash(below[position * 2] as Uint8Array, below[position * 2 + 1] as Uint8Array),
    );
    levels.push(level);
    below = level;
  }
  return async (level, position) => levels[level]?.[position];
}

/** Writes an export as a whole or not at all. */
export interface ExportFile {
  add(line: ExportLine): void;
  /** Adds to every line the hashes that verify it alone, and the checkpoint at the end. */
  finish(leaves: readonly Uint8Array[], lookup: NodeLookup, checkpoint: string): Promise<void>;
  discard(): void;
}

export function exportFile(path: string): ExportFile {
  const draftPath = `${path}.draft`;
  const draft = openSync(draftPath, 'w', 0o600);
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(draft);
    isOpen = false;
  };
  return {
    add: (line) => void writeSync(draft, `${JSON.stringify(line)}\n`),
    finish: async (leaves, lookup, checkpoint) => {
      close();
      await writeWholeFile(path, pieces(exportLines(draftPath, leaves.length, lookup, checkpoint)));
      rmSync(draftPath, { force: true });
    },
    discard: () => {
      close();
      rmSync(draftPath, { force: true });
    },
  };
}

async function* exportLines(draftPath: string, size: number, lookup: NodeLookup, checkpoint: string): AsyncGenerator<string, void, void> {
  for await (const line of eventsIn(draftPath)) yield JSON.stringify(await withSiblings(line, size, lookup));
  yield JSON.stringify({ checkpoint });
}

/** A write a line would cost more than the line. */
const pieceLength = 1 << 16;

async function* pieces(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, void> {
  let waiting = '';
  for await (const line of lines) {
    waiting += `${line}\n`;
    if (waiting.length < pieceLength) continue;
    yield Buffer.from(waiting);
    waiting = '';
  }
  yield Buffer.from(waiting);
}

async function withSiblings(line: ExportLine, size: number, lookup: NodeLookup): Promise<ExportLine> {
  const siblings = await rightSiblings(line.index, size, lookup);
  return { ...line, right: siblings.map((hash) => Buffer.from(hash).toString('hex')) };
}
