/**
 * What a restore leaves in the data folder for the next start: that the database was put back on purpose, and to where.
 *
 * A file `restore-marker.json`, JSON, for its owner only, written last, after database and files are in place:
 *
 *     {"format": "kyok-restore-marker", "version": 1,
 *      "restoredAt": "2030-01-01T00:00:00.000Z",
 *      "backup": "kyok-20300101T000000000Z-1a2b3c4d.age",
 *      "audit": {"size": 1234, "root": "<64 hex digits>"},
 *      "memory": "<base64>" | null}
 *
 * `audit` is the restored log's size and Merkle root: the marker is for that database and no other. `memory` is the field of
 * the same name in the backup's own hsm/sealed-state.json, where the restore kept a newer file that was there already (which
 * it must: the newer one knows what was destroyed since); `null` where the backup's file was put in place.
 *
 * The server takes it once: the shorter log becomes the remembered one, the HSM keeps the one before as history, the audit
 * log gets `backup.restored`, keys that the HSM holds destroyed are destroyed again, and the file is removed.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StartFailure } from '../config.js';
import { writeSecretFile } from '../server/data-folder.js';
import type { Restored, RestoreNotes } from '../services/hsm/restored.js';

/** A restore that the server has not taken note of yet. */
export type RestoreMarker = Restored;

const format = 'kyok-restore-marker';
const shape = z.strictObject({
  format: z.literal(format),
  version: z.literal(1),
  restoredAt: z.string().max(40),
  backup: z.string().max(300),
  audit: z.strictObject({ size: z.int().min(0), root: z.string().regex(/^[0-9a-f]{64}$/) }),
  memory: z.base64().nullable(),
});

const fileIn = (dataFolder: string) => join(dataFolder, 'restore-marker.json');

/** Durable when it returns. */
export function writeRestoreMarker(dataFolder: string, { restoredAt, backup, audit, memory }: RestoreMarker): void {
  const fields: z.input<typeof shape> = {
    format,
    version: 1,
    restoredAt,
    backup,
    audit: { size: audit.size, root: Buffer.from(audit.root).toString('hex') },
    memory: memory && Buffer.from(memory).toString('base64'),
  };
  writeSecretFile(fileIn(dataFolder), JSON.stringify(fields, null, 2));
}

/** The marker, or `null` when nothing was restored. @throws StartFailure for a file that is none */
export function readRestoreMarker(dataFolder: string): RestoreMarker | null {
  const file = fileIn(dataFolder);
  if (!existsSync(file)) return null;
  const parsed = shape.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!parsed.success)
    throw new StartFailure(`${file} cannot be read: run "kyok backup restore" again, or remove the file if nothing was restored`);
  const { restoredAt, backup, audit, memory } = parsed.data;
  return {
    restoredAt,
    backup,
    audit: { size: audit.size, root: new Uint8Array(Buffer.from(audit.root, 'hex')) },
    memory: memory === null ? null : new Uint8Array(Buffer.from(memory, 'base64')),
  };
}

/** Once the server has taken note of it. */
export function removeRestoreMarker(dataFolder: string): void {
  rmSync(fileIn(dataFolder), { force: true });
}

/** The data folder's marker, for the server. */
export function restoreNotes(dataFolder: string): RestoreNotes {
  return { read: () => readRestoreMarker(dataFolder), remove: () => removeRestoreMarker(dataFolder) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
