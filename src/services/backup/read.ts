/** From the bytes of a backup back to what it holds. Nothing of it may be used before the trailer was found right. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { AuditEvent } from '../../domain/audit-event.js';
import { canonicalEvent } from '../../domain/audit-export.js';
import { appendLeaf, emptyFrontier, frontierRoot, leafHash } from '../../domain/audit-log.js';
import { fromBase64 } from '../../domain/base64.js';
import { openCheckpoint, openNote, parseVerifierKey } from '../../domain/checkpoint.js';
import { EstateError } from '../../domain/errors.js';
import type { Entities, Noun } from '../../store/contract.js';
import { type BackupManifest, type BackupTrailer, backupFileNames, backupFormat, backupNouns, type RowLine, signedText } from './format.js';
import { linesIn } from './lines.js';

/** A part of a backup, in its order. */
export type BackupItem =
  | { readonly kind: 'MANIFEST'; readonly manifest: BackupManifest }
  | { readonly kind: 'ROW'; readonly noun: Noun; readonly entity: Entities[Noun] }
  | { readonly kind: 'EVENT'; readonly event: AuditEvent }
  /** A file comes in several parts, one after the other. */
  | { readonly kind: 'FILE'; readonly name: string; readonly bytes: Uint8Array };

/** What a whole and sound backup says of itself. */
export interface BackupSummary {
  readonly manifest: BackupManifest;
  readonly trailer: BackupTrailer;
}

/**
 * Reads a backup to its end; answers the summary once trailer, audit tree and signatures were found right. Until then
 * nothing that was handed out may be relied on.
 * @throws EstateError BACKUP_DAMAGED with `details.reason`; BACKUP_FORMAT_UNKNOWN
 */
export async function* backupItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupItem, BackupSummary, void> {
  const progress = newProgress();
  for await (const line of linesIn(chunks)) {
    if (progress.trailer) damaged('something follows the end');
    const value = objectIn(line);
    if ('trailer' in value) {
      progress.trailer = value.trailer as BackupTrailer;
      continue;
    }
    progress.hash.update(line);
    yield itemOf(value, progress);
  }
  return checked(progress);
}

/** Reads to the end and keeps nothing but the summary. */
export async function backupSummary(chunks: AsyncIterable<Uint8Array>): Promise<BackupSummary> {
  const items = backupItems(chunks);
  for (;;) {
    const { done, value } = await items.next();
    if (done) return value;
  }
}

/** What was read so far. */
interface Progress {
  readonly hash: ReturnType<typeof sha256.create>;
  manifest: BackupManifest | undefined;
  trailer: BackupTrailer | undefined;
  /** Place of the noun whose rows are being read, and the last row's id. */
  place: number;
  lastId: string;
  readonly rows: Partial<Record<Noun, number>>;
  frontier: typeof emptyFrontier;
  readonly files: string[];
}

function newProgress(): Progress {
  return {
    hash: sha256.create(),
    manifest: undefined,
    trailer: undefined,
    place: 0,
    lastId: '',
    rows: {},
    frontier: emptyFrontier,
    files: [],
  };
}

function itemOf(value: Readonly<Record<string, unknown>>, progress: Progress): BackupItem {
  if ('manifest' in value) return manifestItem(value.manifest, progress);
  if (!progress.manifest) damaged('it does not begin with a manifest');
  if ('row' in value) return rowItem(value as unknown as RowLine, progress);
  if ('event' in value) return eventItem(value.event as AuditEvent, progress);
  if ('file' in value) return fileItem(value, progress);
  return damaged('a line of no known kind');
}

function manifestItem(value: unknown, progress: Progress): BackupItem {
  if (progress.manifest) damaged('a second manifest');
  const manifest = value as BackupManifest;
  if (manifest?.format !== backupFormat) throw new EstateError('BACKUP_FORMAT_UNKNOWN', { kyok: String(manifest?.kyok) });
  progress.manifest = manifest;
  return { kind: 'MANIFEST', manifest };
}

/** Rows come by noun and id: none twice, none after the log began. */
function rowItem({ row: noun, fields, bytes = {} }: RowLine, progress: Progress): BackupItem {
  const place = backupNouns.indexOf(noun);
  const id = fields?.id;
  if (place < progress.place || progress.frontier.size > 0 || progress.files.length > 0 || typeof id !== 'string')
    damaged('a row out of place');
  if (place > progress.place) progress.lastId = '';
  if (id <= progress.lastId) damaged('a row out of place');
  progress.place = place;
  progress.lastId = id;
  progress.rows[noun] = (progress.rows[noun] ?? 0) + 1;
  const decoded = Object.entries(bytes).map(([name, text]) => [name, bytesIn(text)]);
  return { kind: 'ROW', noun, entity: { ...fields, ...Object.fromEntries(decoded) } as unknown as Entities[Noun] };
}

function eventItem(event: AuditEvent, progress: Progress): BackupItem {
  if (progress.files.length > 0) damaged('an event out of place');
  progress.frontier = appendLeaf(progress.frontier, leafOf(event)).frontier;
  return { kind: 'EVENT', event };
}

function leafOf(event: AuditEvent): Uint8Array {
  try {
    return leafHash(canonicalEvent(event));
  } catch {
    return damaged('an event that cannot be read');
  }
}

function fileItem({ file: name, base64 }: Readonly<Record<string, unknown>>, { files }: Progress): BackupItem {
  if (typeof name !== 'string' || !backupFileNames.includes(name)) return damaged('a file of an unknown name');
  if (files.at(-1) !== name) files.push(name);
  return { kind: 'FILE', name, bytes: bytesIn(base64) };
}

/** Holds what was read against the trailer and the manifest. */
function checked({ hash, manifest, trailer, rows, frontier, files }: Progress): BackupSummary {
  if (!manifest || !trailer) return damaged('it ends too early');
  if (trailer.sha256 !== bytesToHex(hash.digest())) damaged('its content is not the one that was written');
  const isCounted =
    trailer.events === frontier.size &&
    sameText(trailer.files, files) &&
    backupNouns.every((noun) => (trailer.rows?.[noun] ?? 0) === (rows[noun] ?? 0));
  if (!isCounted) damaged('its counts are wrong');
  const { size, root } = manifest.audit;
  if (size !== frontier.size || root !== bytesToHex(frontierRoot(frontier))) damaged('its audit log is not the one of its manifest');
  checkSignatures(manifest, trailer);
  return { manifest, trailer };
}

/** Signed as a whole or, of a sealed server, not at all. */
function checkSignatures({ instanceId, verifierKey, audit }: BackupManifest, { sha256: digest, signature }: BackupTrailer): void {
  if (verifierKey === null && signature === null && audit.checkpoint === null) return;
  try {
    const key = parseVerifierKey(String(verifierKey));
    const checkpoint = openCheckpoint(String(audit.checkpoint), key);
    const isOurs = checkpoint.size === audit.size && bytesToHex(checkpoint.root) === audit.root;
    if (isOurs && openNote(String(signature), key) === signedText(instanceId, digest)) return;
  } catch {
    // Told below.
  }
  damaged('its signature does not verify');
}

function sameText(a: unknown, b: readonly string[]): boolean {
  return Array.isArray(a) && a.length === b.length && b.every((text, index) => text === a[index]);
}

function objectIn(line: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below, without the line's content.
  }
  return damaged('a line that cannot be read');
}

function bytesIn(text: unknown): Uint8Array {
  try {
    return fromBase64(String(text));
  } catch {
    return damaged('bytes that cannot be read');
  }
}

function damaged(reason: string): never {
  throw new EstateError('BACKUP_DAMAGED', { reason });
}
