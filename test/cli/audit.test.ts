import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error the example is plain JavaScript
import { isIncluded, leafOf, openCheckpoint, rootOf } from '../../examples/retail-banking/audit-proof.mjs';
import { treeOver } from '../../src/cli/audit-file.js';
import { inclusionProof, leafHash, treeRoot } from '../../src/domain/audit-log.js';
import { toBase64 } from '../../src/domain/base64.js';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import { checkpointBody, signedNote, verifierKey } from '../../src/domain/checkpoint.js';
import { type FakeServer, fakeServer, kyok } from './fake-server.js';

const size = 1237;
const events = Array.from({ length: size + 3 }, (_, index) => ({ v: 1, action: 'vault.create', id: `e${index}`, z: { b: 1, a: 'ü' } }));
const leaves = events.slice(0, size).map((event) => leafHash(canonicalJson(event)));
const lookup = treeOver(leaves);
const secret = new Uint8Array(32).fill(7);
const key = { name: 'kyok/test', publicKey: ed25519.getPublicKey(secret) };
const publicKey = verifierKey(key);
const folder = mkdtempSync('/tmp/kyok-audit-');
const file = join(folder, 'log.jsonl');
let note = '';
let root: Uint8Array = new Uint8Array();
let server: FakeServer | undefined;

beforeAll(async () => {
  root = await treeRoot(size, lookup);
  const body = checkpointBody({ origin: key.name, size, root });
  note = signedNote(body, key, ed25519.sign(new TextEncoder().encode(body), secret));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function exportLog(sent: readonly unknown[] = events, args: readonly string[] = []) {
  server = await fakeServer({
    auditCheckpoint: () => ({ note, origin: key.name, size, root: toBase64(root), publicKey }),
    auditEvents: ({ first, after }) => {
      const start = after === undefined ? 0 : Number(after) + 1;
      const nodes = sent.slice(start, start + Number(first)).map((event, i) => ({ index: start + i, event }));
      const last = start + nodes.length - 1;
      return { edges: nodes.map((node) => ({ node })), pageInfo: { hasNextPage: last < sent.length - 1, endCursor: String(last) } };
    },
  });
  return await kyok(['audit', 'export', file, ...args], { env: { KYOK_ENDPOINT: server.url, KYOK_API_KEY: 'k' } });
}

const verify = (path: string, vkey = publicKey) => kyok(['audit', 'verify', path, '--public-key', vkey]);

function altered(change: (lines: string[]) => void): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  change(lines);
  const path = join(folder, 'altered.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe('kyok audit export and verify', () => {
  it('S16: an export verifies offline, and the first bad event is named', async () => {
    expect(await exportLog()).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(['log.jsonl']);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').length).toBe(size + 1);
    expect(await verify(file)).toMatchObject({ code: 0 });

    const edited = altered((lines) => {
      const line = JSON.parse(lines[500] ?? '') as { event: { action: string }; leafHash: string };
      line.event.action = 'vault.delete';
      line.leafHash = Buffer.from(leafHash(canonicalJson(line.event))).toString('hex');
      lines[500] = JSON.stringify(line);
    });
    expect(await verify(edited)).toMatchObject({ code: 8, err: expect.stringContaining('Event 500 does not verify') });
    const removed = altered((lines) => void lines.splice(42, 1));
    expect(await verify(removed)).toMatchObject({ code: 8, err: expect.stringContaining('Event 42') });
    const torn = altered((lines) => {
      lines[7] = lines[7]?.slice(0, 20) ?? '';
    });
    expect(await verify(torn)).toMatchObject({ code: 8, err: expect.stringContaining('Event 7') });
    const cut = altered((lines) => void lines.splice(1000, size - 1000));
    expect(await verify(cut)).toMatchObject({ code: 8, err: expect.stringContaining('Event 1000') });
  });

  it('S14: holds an export against a checkpoint that somebody kept: the log must continue it', async () => {
    const kept = async (keptSize: number, keptRoot: Uint8Array) => {
      const body = checkpointBody({ origin: key.name, size: keptSize, root: keptRoot });
      const path = join(folder, 'kept.checkpoint');
      writeFileSync(path, signedNote(body, key, ed25519.sign(new TextEncoder().encode(body), secret)));
      return await kyok(['audit', 'verify', file, '--public-key', publicKey, '--witness', path]);
    };
    await exportLog();
    expect(await kept(700, await treeRoot(700, lookup))).toMatchObject({ code: 0 });
    expect(await kept(700, await treeRoot(701, lookup))).toMatchObject({ code: 8, err: expect.stringContaining('went on otherwise') });
    expect(await kept(size + 1, root)).toMatchObject({ code: 8, err: expect.stringContaining('the log went back') });
  });

  it('believes no other key', async () => {
    const other = verifierKey({ name: key.name, publicKey: ed25519.getPublicKey(new Uint8Array(32).fill(8)) });
    expect(await verify(file, other)).toMatchObject({ code: 8, err: expect.stringContaining('not signed by this public key') });
    expect(await verify(file, 'rubbish')).toMatchObject({ code: 2 });
    expect((await exportLog(events, ['--public-key', other])).code).toBe(8);
  });

  it('writes nothing when the server sends other events than it signed', async () => {
    writeFileSync(file, 'as before');
    const outcome = await exportLog(events.map((event, index) => (index === 3 ? { ...event, id: 'other' } : event)));
    expect(outcome).toMatchObject({ code: 8, err: expect.stringContaining('not the ones it signed') });
    expect(readFileSync(file, 'utf8')).toBe('as before');
    expect(readdirSync(folder).filter((name) => name.startsWith('log'))).toEqual(['log.jsonl']);
  });
});

describe('kyok audit inclusion-proof', () => {
  it('checks the proof itself', async () => {
    const proof = (await inclusionProof(99, size, lookup)).map(toBase64);
    const answer = { index: 99, size, leafHash: toBase64(leaves[99] ?? root), root: toBase64(root), proof };
    server = await fakeServer({ auditInclusionProof: ({ index }) => ({ ...answer, index }) });
    const env = { KYOK_ENDPOINT: server.url, KYOK_API_KEY: 'k' };
    expect(await kyok(['audit', 'inclusion-proof', '99'], { env })).toMatchObject({
      code: 0,
      text: expect.stringMatching(/verified\s+yes/),
    });
    expect(await kyok(['audit', 'inclusion-proof', '98'], { env })).toMatchObject({ code: 8 });
  });
});

describe("the demo's own proof", () => {
  it('agrees with the log', async () => {
    expect(openCheckpoint(note, publicKey)).toEqual({ size, root: Buffer.from(root) });
    expect(() => openCheckpoint(note.replace('1237', '1238'), publicKey)).toThrow('not signed');
    const hashes = events.slice(0, size).map((event) => leafOf(event) as Buffer);
    expect(rootOf(hashes)).toEqual(Buffer.from(root));
    for (const index of [0, 1, 511, 512, 1023, 1024, 1235, 1236]) {
      const proof = (await inclusionProof(index, size, lookup)).map((hash) => Buffer.from(hash));
      const claim = { leaf: hashes[index], index, size, proof, root: Buffer.from(root) };
      expect(isIncluded(claim), String(index)).toBe(true);
      expect(isIncluded({ ...claim, index: index ^ 1 }), String(index)).toBe(false);
    }
  });
});
