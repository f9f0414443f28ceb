/** Audit events as JSON lines in a file. What was taken is on the disk. */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { auditLine } from '../../domain/audit-line.js';
import type { AuditSink, SinkPosition } from '../contract.js';

export interface FileSinkOptions {
  /** Made with mode 0600 where absent; its folder must be there. */
  readonly path: string;
}

/** So much of the file's end is looked through for its last line at first; an event's line may be longer. */
const tailBytes = 1024 * 1024;
const openFlags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

/**
 * A sink that appends to a file. Renamed or removed (by logrotate), the file is made anew with the next delivery. A last
 * line that a crash or a full disk cut short is taken away before the next is written, so that every line is whole.
 */
export function fileSink({ path }: FileSinkOptions): AuditSink {
  let file: FileHandle | undefined;

  const closeFile = async () => {
    const old = file;
    file = undefined;
    await old?.close();
  };
  const opened = async (): Promise<FileHandle> => {
    if (file && !(await isAt(file, path))) await closeFile();
    if (file) return file;
    const fresh = await open(path, openFlags, 0o600);
    try {
      await dropBrokenLine(fresh);
      await keepEntry(path);
    } catch (error) {
      await fresh.close();
      throw error;
    }
    file = fresh;
    return fresh;
  };
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      await closeFile().catch(() => {});
      throw new Error(`the audit file ${path} cannot be written (${codeOf(cause)})`, { cause });
    }
  };
  return {
    name: 'file',
    settlesInSeconds: 0,
    deliver: (records) =>
      explained(async () => {
        const handle = await opened();
        await append(handle, Buffer.from(records.map((record) => `${auditLine(record)}\n`).join('')));
      }),
    probe: () =>
      explained(async () => {
        await opened();
      }),
    last: () => explained(async () => positionOf(await lastLine(await opened()))),
    reopen: closeFile,
    close: closeFile,
  };
}

/** All of the bytes, or none as far as the disk lets us. */
async function append(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  const { size, isRegular } = await sizeOf(handle);
  try {
    await writeAll(handle, bytes);
    await handle.datasync();
  } catch (error) {
    if (isRegular) await handle.truncate(size).catch(() => {});
    throw error;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}

/** A new file is only found again after a power cut when its folder was written too. */
async function keepEntry(path: string): Promise<void> {
  const folder = await open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Whether the path still leads to the open file. */
async function isAt(handle: FileHandle, path: string): Promise<boolean> {
  const [ours, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)]);
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

/** What follows the last line's end was never acknowledged; it is taken away if it is a line of ours. */
async function dropBrokenLine(handle: FileHandle): Promise<void> {
  const { size, isRegular } = await sizeOf(handle);
  if (!isRegular || size === 0) return;
  const tail = await endOf(handle, size);
  const rest = tail.subarray(tail.lastIndexOf(0x0a) + 1);
  if (rest.length === 0) return;
  if (!'{"index":'.startsWith(rest.subarray(0, 9).toString())) throw new Error('its last line is not one of kyok');
  await handle.truncate(size - rest.length);
  await handle.datasync();
}

async function lastLine(handle: FileHandle): Promise<string> {
  const { size, isRegular } = await sizeOf(handle);
  if (!isRegular || size === 0) return '';
  const tail = (await endOf(handle, size)).toString().trimEnd();
  return tail.slice(tail.lastIndexOf('\n') + 1);
}

/** The end of the file, with its last line whole. */
async function endOf(handle: FileHandle, size: number): Promise<Buffer> {
  for (let length = Math.min(size, tailBytes); ; length = Math.min(size, length * 4)) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const end = buffer.subarray(0, bytesRead);
    if (length === size || end.subarray(0, -1).includes(0x0a)) return end;
  }
}

async function sizeOf(handle: FileHandle): Promise<{ readonly size: number; readonly isRegular: boolean }> {
  const about = await handle.stat();
  return { size: about.size, isRegular: about.isFile() };
}

function positionOf(line: string): SinkPosition | undefined {
  try {
    const { index, leafHash } = JSON.parse(line) as Partial<SinkPosition>;
    return typeof index === 'number' && typeof leafHash === 'string' ? { index, leafHash } : undefined;
  } catch {
    return undefined;
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String((cause as Error).message);
}
