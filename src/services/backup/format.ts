/**
 * What a backup says, before it is encrypted: JSON, one object a line, each ended by a line feed.
 *
 *     {"manifest":{…}}                            first
 *     {"row":"vault","fields":{…},"bytes":{…}}    by noun in `backupNouns`' order, by id within a noun
 *     {"event":{…}}                               the audit log from its first event on
 *     {"file":"pepper.key","base64":"…"}          a file in parts of at most 48 KiB, one line each
 *     {"trailer":{…}}                             last: counts, and SHA-256 of every byte before this line
 *
 * Rows are entities of the store's contract, not of any database, so that a backup of one goes into another.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { AuditEvent } from '../../domain/audit-event.js';
import { toBase64 } from '../../domain/base64.js';
import type { Id, JsonObject, Timestamp } from '../../domain/entity.js';
import type { Noun } from '../../store/contract.js';

/** Version of the format; a reader takes its own only. */
export const backupFormat = 1;

export interface BackupManifest {
  readonly format: number;
  /** Version of kyok that wrote it. */
  readonly kyok: string;
  readonly instanceId: Id;
  readonly createdAt: Timestamp;
  /** Names the tables that the rows come from and go into, whatever the database. */
  readonly schema: string;
  readonly hsm: {
    readonly implementation: string;
    /** Generation of the HSM's memory when the backup was made; `null` while sealed. */
    readonly memoryGeneration: number | null;
  };
  readonly audit: {
    readonly size: number;
    /** Merkle root of these events, lower-case hex. */
    readonly root: string;
    /** Size and root signed by the HSM (C2SP tlog-checkpoint); `null` when it was sealed. */
    readonly checkpoint: string | null;
  };
  /** Key of the checkpoint and of the trailer's signature, in C2SP's `vkey` form; `null` when the HSM was sealed. */
  readonly verifierKey: string | null;
}

export interface BackupTrailer {
  /** Number of rows by noun; nouns without rows are left out. */
  readonly rows: Readonly<Partial<Record<Noun, number>>>;
  readonly events: number;
  readonly files: readonly string[];
  /** SHA-256 of all lines before this one, lower-case hex. */
  readonly sha256: string;
  /** Note over `signedText` by the manifest's key; `null` when the HSM was sealed. */
  readonly signature: string | null;
}

/** A file of the server, by its path in the data folder. */
export interface BackupFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An entity as it stands in a line: bytes apart, in base64. */
export interface RowLine {
  readonly row: Noun;
  readonly fields: JsonObject;
  readonly bytes?: Readonly<Record<string, string>>;
}

/** Every noun once; a noun of the contract that is missing here does not compile. */
const places: Readonly<Record<Noun, number>> = {
  systemSetting: 0,
  principal: 1,
  apiKey: 2,
  role: 3,
  roleBinding: 4,
  clientToken: 5,
  vault: 6,
  keystore: 7,
  keyTemplate: 8,
  managedKey: 9,
  keyVersion: 10,
  keyInstance: 11,
  instanceVersion: 12,
  importKey: 13,
  keyBlob: 14,
  keyRing: 15,
  kmsKey: 16,
  kmsKeyVersion: 17,
  destroyedKey: 18,
  expiryNotice: 18,
};

/** The nouns in the order of their rows. */
export const backupNouns = (Object.keys(places) as Noun[]).sort((a, b) => places[a] - places[b]);

/** State of the HSM: without it no key blob opens. */
export const hsmStateName = 'hsm/sealed-state.json';

/** The files of a backup, by name: whoever made it must not choose where a restore writes. */
export const backupFileNames: readonly string[] = ['pepper.key', hsmStateName];

/** What the trailer's signature covers. No checkpoint begins like this, so neither can stand for the other. */
export function signedText(instanceId: Id, sha256: string): string {
  return `kyok backup ${backupFormat}\n${instanceId}\n${sha256}\n`;
}

/** One line, with its line feed. */
export function lineOf(value: object): Uint8Array {
  return utf8ToBytes(`${JSON.stringify(value)}\n`);
}

export function rowLine(row: Noun, entity: object): RowLine {
  const bytes: Record<string, string> = {};
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (value instanceof Uint8Array) bytes[name] = toBase64(value);
    else fields[name] = value;
  }
  return { row, fields: fields as JsonObject, ...(Object.keys(bytes).length > 0 ? { bytes } : {}) };
}

export function eventLine(event: AuditEvent): { readonly event: AuditEvent } {
  return { event };
}
