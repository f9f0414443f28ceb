/** The files of a backup, and what may happen to those that are there already. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EstateError } from '../domain/errors.js';
import { writeWholeFile } from '../files/whole-file.js';
import { hsmStateName } from '../services/backup/format.js';
import { serverFile } from './server-files.js';

export interface FilesPlan {
  /** Written in this order. */
  readonly writes: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Memory out of the backup's HSM state, where the state that is there stays. */
  readonly mergedMemory: Uint8Array | null;
  readonly hsmStateKept: boolean;
}

/**
 * What is to be written. An HSM state that is there stays, and takes in the backup's memory at the next start; one of
 * another master key or instance is never touched, since its keys would be lost.
 * @throws EstateError BACKUP_OF_ANOTHER_HSM; DATABASE_NOT_EMPTY for another pepper, on which other API keys depend
 */
export async function planFiles(dataFolder: string, files: ReadonlyMap<string, Uint8Array>, replace: boolean): Promise<FilesPlan> {
  const writes: { name: string; bytes: Uint8Array }[] = [];
  let mergedMemory: Uint8Array | null = null;
  let hsmStateKept = false;
  for (const [name, bytes] of files) {
    const present = await serverFile(dataFolder, name);
    if (!present) writes.push({ name, bytes });
    else if (name === hsmStateName) {
      hsmStateKept = true;
      mergedMemory = memoryOfSameHsm(bytes, present);
    } else if (Buffer.compare(present, bytes) !== 0) {
      if (!replace) throw new EstateError('DATABASE_NOT_EMPTY', { file: name });
      writes.push({ name, bytes });
    }
  }
  return { writes, mergedMemory, hsmStateKept };
}

export async function placeFiles(dataFolder: string, { writes }: FilesPlan): Promise<void> {
  for (const { name, bytes } of writes) {
    const path = join(dataFolder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeWholeFile(path, [bytes]);
  }
}

interface HsmState {
  readonly instanceId?: unknown;
  readonly verificationPattern?: unknown;
  readonly memory?: unknown;
}

function memoryOfSameHsm(restored: Uint8Array, present: Uint8Array): Uint8Array | null {
  const [theirs, ours] = [hsmState(restored), hsmState(present)];
  const isSame = theirs.instanceId === ours.instanceId && theirs.verificationPattern === ours.verificationPattern;
  if (!isSame) throw new EstateError('BACKUP_OF_ANOTHER_HSM');
  return typeof theirs.memory === 'string' ? new Uint8Array(Buffer.from(theirs.memory, 'base64')) : null;
}

/** @throws EstateError MASTER_KEY_STATE_FORBIDS: a state that cannot be read is the operator's to remove */
function hsmState(bytes: Uint8Array): HsmState {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as HsmState;
  } catch {
    throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason: 'SEALED_STATE_UNREADABLE' });
  }
}
