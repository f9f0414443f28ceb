/** From a snapshot of the store to the bytes of a backup, a few rows at a time. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { toBase64 } from '../../domain/base64.js';
import type { Entities, Noun, Snapshot } from '../../store/contract.js';
import { type BackupFile, type BackupManifest, type BackupTrailer, backupNouns, eventLine, lineOf, rowLine } from './format.js';

export interface BackupSource {
  readonly manifest: BackupManifest;
  readonly snapshot: Snapshot;
  /** Read after the snapshot was taken: what the HSM remembers must not be older than the rows. */
  files(): Promise<readonly BackupFile[]>;
  /** The note over the hash of everything before the trailer; `null` when there is no key to sign with. */
  sign(sha256: string): Promise<string | null>;
}

/** Entities or events in one read. */
const batchSize = 500;
const fileBytesPerLine = 48 * 1024;

/** The whole backup in clear, a line at a time. */
export async function* backupBytes(source: BackupSource): AsyncGenerator<Uint8Array, void, void> {
  const hash = sha256.create();
  const counts = { rows: {} as Partial<Record<Noun, number>>, events: 0, files: [] as string[] };
  for await (const line of linesOf(source, counts)) {
    const bytes = lineOf(line);
    hash.update(bytes);
    yield bytes;
  }
  const digest = bytesToHex(hash.digest());
  const trailer: BackupTrailer = { ...counts, sha256: digest, signature: await source.sign(digest) };
  yield lineOf({ trailer });
}

interface Counts {
  rows: Partial<Record<Noun, number>>;
  events: number;
  files: string[];
}

async function* linesOf({ manifest, snapshot, files }: BackupSource, counts: Counts): AsyncGenerator<object, void, void> {
  yield { manifest };
  for (const noun of backupNouns) {
    for await (const entity of entitiesOf(snapshot, noun)) {
      counts.rows[noun] = (counts.rows[noun] ?? 0) + 1;
      yield rowLine(noun, entity);
    }
  }
  for (let start = 0; start < manifest.audit.size; start += batchSize) {
    for (const { event } of await snapshot.audit.read(start, batchSize)) {
      counts.events += 1;
      yield eventLine(event);
    }
  }
  for (const { name, bytes } of await files()) {
    counts.files.push(name);
    for (let start = 0; start === 0 || start < bytes.length; start += fileBytesPerLine) {
      yield { file: name, base64: toBase64(bytes.subarray(start, start + fileBytesPerLine)) };
    }
  }
}

async function* entitiesOf<N extends Noun>({ read }: Snapshot, noun: N): AsyncGenerator<Entities[N], void, void> {
  for (let last = ''; ; ) {
    const batch = await read.find(noun, { id: { gt: last } } as never, batchSize);
    yield* batch;
    const end = batch.at(-1);
    if (!end || batch.length < batchSize) return;
    last = end.id;
  }
}
