/** The sealed state as a JSON file that is replaced atomically. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { EstateError } from '../../domain/errors.js';
import { writeWholeFile } from '../../files/whole-file.js';
import { toHex } from '../bytes.js';
import type { EngineKind, SealedState } from '../engine.js';
import type { SealedStateStore } from './sealed-state.js';

const format = 'kyok-hsm-sealed-state';
const version = 1;

/**
 * A file of mode 0600 in a folder of mode 0700. Fields that this version does not know survive a save: they belong to
 * later versions.
 * Loading throws EstateError MASTER_KEY_STATE_FORBIDS: SEALED_STATE_UNREADABLE for a file that is there but is none,
 * SEALED_STATE_OF_ANOTHER_HSM for one that another kind of engine made.
 */
export function sealedStateFile(file: string, engine: EngineKind): SealedStateStore {
  let others: Readonly<Record<string, unknown>> = {};
  return {
    async load() {
      const text = await readIfPresent(file);
      if (text === null) return null;
      const { state, rest, madeBy } = parse(text, file);
      if (madeBy !== engine)
        throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason: 'SEALED_STATE_OF_ANOTHER_HSM', file, madeBy, engine });
      others = rest;
      return state;
    },
    async save(state) {
      const fields = {
        ...others,
        format,
        version,
        engine,
        instanceId: state.instanceId,
        verificationPattern: toHex(state.verificationPattern),
        sealedMasterKey: state.sealedMasterKey && Buffer.from(state.sealedMasterKey).toString('base64'),
        memory: Buffer.from(state.memory).toString('base64'),
      };
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeWholeFile(file, [Buffer.from(`${JSON.stringify(fields, null, 2)}\n`)]);
    },
  };
}

function parse(text: string, file: string): { state: SealedState; rest: Record<string, unknown>; madeBy: unknown } {
  const fields = parseJson(text, file);
  const {
    format: foundFormat,
    version: foundVersion,
    engine: madeBy = 'soft',
    instanceId,
    verificationPattern,
    sealedMasterKey,
    memory,
    ...rest
  } = fields;
  const isSound =
    foundFormat === format &&
    foundVersion === version &&
    typeof instanceId === 'string' &&
    typeof verificationPattern === 'string' &&
    /^[0-9a-f]{64}$/.test(verificationPattern) &&
    (sealedMasterKey === null || typeof sealedMasterKey === 'string') &&
    // A file without a memory is none: whoever cut it out would bring destroyed keys back.
    typeof memory === 'string';
  if (!isSound) return unreadable(file);
  const state = {
    instanceId,
    verificationPattern: new Uint8Array(Buffer.from(verificationPattern, 'hex')),
    sealedMasterKey: sealedMasterKey === null ? null : new Uint8Array(Buffer.from(sealedMasterKey, 'base64')),
    memory: new Uint8Array(Buffer.from(memory, 'base64')),
  };
  return { state, rest, madeBy };
}

function parseJson(text: string, file: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Told below, without the file's content.
  }
  return unreadable(file);
}

function unreadable(file: string): never {
  throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason: 'SEALED_STATE_UNREADABLE', file });
}

async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
