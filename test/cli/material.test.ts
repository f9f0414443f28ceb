/** What leaves this machine: key material and key parts, only ever wrapped. */
import { constants, createDecipheriv, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { toBase64 } from '../../src/domain/base64.js';
import { combineKeyParts, verificationPatternOf } from '../../src/domain/key-part.js';
import { type FakeServer, fakeServer, kyok, page, Refused } from './fake-server.js';

const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = toBase64(publicKey.export({ format: 'der', type: 'spki' }));
const folder = mkdtempSync('/tmp/kyok-material-');
let server: FakeServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function served(answers: Parameters<typeof fakeServer>[0]) {
  server = await fakeServer(answers);
  return { server, env: { KYOK_ENDPOINT: server.url, KYOK_API_KEY: 'k' } };
}

function opened(wrapped: Uint8Array): Buffer {
  return privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, wrapped);
}

describe('kyok key import', () => {
  const answers = {
    createManagedKeyImport: () => ({
      managedKey: { id, label: 'imported' },
      importKey: { id: 'i1', publicKey: spki, expiresAt: '2026-11-23T13:00:00.000Z' },
    }),
    importManagedKey: () => ({ id, label: 'imported', state: 'ACTIVE', algorithm: 'AES', size: '256', version: 1 }),
  };

  async function imported(args: readonly string[]) {
    const { server, env } = await served(answers);
    const outcome = await kyok(['key', 'import', ...args, '--vault', id, '--template', 'aes', '--label', 'imported'], { env });
    expect(outcome.code, outcome.err).toBe(0);
    const { input } = (server.asked[1]?.variables ?? {}) as { input: { mechanism: string; wrappedMaterial: string; importKeyId: string } };
    return { asked: server.asked, input, wrapped: Buffer.from(input.wrappedMaterial, 'base64') };
  }

  it('wraps a secret by RSA-OAEP', async () => {
    const secret = Buffer.alloc(32, 0xa5);
    const path = join(folder, 'secret.hex');
    writeFileSync(path, `${secret.toString('hex')}\n`);
    const { asked, input, wrapped } = await imported([path, '--encoding', 'hex']);
    expect(input).toMatchObject({ mechanism: 'RSA_OAEP_SHA256', importKeyId: 'i1' });
    expect(opened(wrapped)).toEqual(secret);
    expect(asked[0]?.variables).toEqual({ input: { vaultId: id, templateName: 'aes', label: 'imported' } });
    expect(JSON.stringify(asked)).not.toContain(secret.toString('base64').slice(0, 20));
  });

  it('wraps a private key by RSA-AES-KWP', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const path = join(folder, 'key.pem');
    writeFileSync(path, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const { input, wrapped } = await imported([path]);
    expect(input.mechanism).toBe('RSA_AES_KWP_SHA256');
    const decipher = createDecipheriv('id-aes256-wrap-pad', opened(wrapped.subarray(0, 256)), Buffer.from('a65959a6', 'hex'));
    const material = Buffer.concat([decipher.update(wrapped.subarray(256)), decipher.final()]);
    expect(material).toEqual(pair.privateKey.export({ format: 'der', type: 'pkcs8' }));
  });
});

describe('kyok hsm', () => {
  const passphrases = join(folder, 'passphrase');
  writeFileSync(passphrases, 'correct horse battery\n');
  const files = [join(folder, 'part-1.json'), join(folder, 'part-2.json')];

  it('makes parts, loads them encrypted to every unit, commits and activates', async () => {
    const made = await kyok(['hsm', 'new-part', ...files, '--passphrase-file', passphrases, '--output', 'json']);
    expect(made.code, made.err).toBe(0);
    const { verificationPattern } = JSON.parse(made.text) as { verificationPattern: string };
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);

    const pattern = toBase64(Buffer.from(verificationPattern, 'hex'));
    const parts: Buffer[] = [];
    const registers = (state: string) => ({
      current: { state: 'EMPTY', verificationPattern: null },
      new: { state, verificationPattern: pattern, partsLoaded: 2, partsTotal: 2 },
    });
    const { server, env } = await served({
      hsm: () => ({ sealed: true, initialised: true, expectedVerificationPattern: pattern, registers: registers('EMPTY') }),
      hsmImporters: () => [{ unit: 1, publicKey: spki }],
      loadMasterKeyPart: ({ input }) => {
        const { byUnit } = input as { byUnit: { unit: number; encrypted: string }[] };
        parts.push(opened(Buffer.from(byUnit[0]?.encrypted ?? '', 'base64')));
        return registers('FULL_UNCOMMITTED');
      },
      commitMasterKey: () => registers('FULL_COMMITTED'),
      activateMasterKey: () => registers('EMPTY'),
    });
    const args = ['hsm', 'unseal', ...files.toReversed(), '--passphrase-file', passphrases, '--yes'];
    const unsealed = await kyok(args, { env });
    expect(unsealed.code, unsealed.err).toBe(0);
    expect(unsealed.err).toContain('importer key SHA-256');
    expect(Buffer.from(verificationPatternOf(combineKeyParts(parts))).toString('hex')).toBe(verificationPattern);
    expect(server.asked.map(({ field }) => field)).toEqual([
      'hsm',
      'hsmImporters',
      'loadMasterKeyPart',
      'loadMasterKeyPart',
      'commitMasterKey',
      'activateMasterKey',
    ]);
    expect(server.asked.at(-1)?.variables).toEqual({ input: { verificationPattern: pattern } });
  });

  it('asks before it trusts importer keys, and never overwrites a part', async () => {
    const expected = { sealed: true, initialised: true, expectedVerificationPattern: null, registers: {} };
    const { env } = await served({ hsm: () => expected, hsmImporters: () => [{ unit: 1, publicKey: spki }] });
    const unsure = await kyok(['hsm', 'unseal', ...files, '--passphrase-file', passphrases], { env });
    expect(unsure).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    const again = await kyok(['hsm', 'new-part', ...files, '--passphrase-file', passphrases]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('the file exists already') });
  });

  it('refuses parts of another key, missing parts and a wrong passphrase before anything is loaded', async () => {
    const other = { sealed: true, initialised: true, expectedVerificationPattern: toBase64(new Uint8Array(32)), registers: {} };
    const { server, env } = await served({ hsm: () => other, hsmImporters: () => [{ unit: 1, publicKey: spki }] });
    const args = ['--passphrase-file', passphrases, '--yes'];
    expect(await kyok(['hsm', 'unseal', ...files, ...args], { env })).toMatchObject({ code: 5 });
    expect(await kyok(['hsm', 'unseal', files[0] ?? '', ...args], { env })).toMatchObject({ code: 2 });
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'some other passphrase\n');
    expect(await kyok(['hsm', 'load-part', files[0] ?? '', '--passphrase-file', wrong, '--yes'], { env })).toMatchObject({ code: 8 });
    expect(server.asked.some(({ field }) => field === 'loadMasterKeyPart')).toBe(false);
  });
});

describe('using keys', () => {
  const items = (item: Record<string, unknown>) => ({ items: [{ error: null, ...item }] });

  it('takes bytes and gives a line of base64, and takes both back', async () => {
    const ciphertext = Buffer.from([0xff, 0, 1, 2, 0xfe]);
    const { server, env } = await served({
      encrypt: () => items({ ciphertext: toBase64(ciphertext) }),
      decrypt: () => items({ plaintext: toBase64(Buffer.from('hello\n')), keyVersion: 1 }),
    });
    const encrypted = await kyok(['key', 'encrypt', id, '--aad', 'row 1'], { env, stdin: 'hello\n' });
    expect(encrypted.text).toBe('/wABAv4=\n');
    expect(server.asked[0]?.variables).toEqual({ input: { keyId: id, items: [{ plaintext: 'aGVsbG8K', aad: 'cm93IDE=' }] } });
    for (const stdin of [encrypted.text, ciphertext]) {
      expect((await kyok(['key', 'decrypt', id], { env, stdin })).text).toBe('hello\n');
      expect(server.asked.at(-1)?.variables).toEqual({ input: { keyId: id, items: [{ ciphertext: '/wABAv4=' }] } });
    }
    const out = join(folder, 'plain');
    expect(await kyok(['key', 'decrypt', id, '--base64', '/wABAv4=', '--out', out], { env })).toMatchObject({ code: 0, text: '' });
    expect(readFileSync(out, 'utf8')).toBe('hello\n');
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  it('takes a file that others could read for its own before anything is written to it', async () => {
    const { env } = await served({
      decrypt: () => items({ plaintext: toBase64(Buffer.from('hello\n')), keyVersion: 1 }),
      unwrapKey: () => items({ plaintext: toBase64(Buffer.from('hello\n')), keyVersion: 1, rewrapped: null }),
    });
    for (const verb of ['decrypt', 'unwrap']) {
      const out = join(folder, `there-${verb}`);
      writeFileSync(out, 'something longer that was there before\n');
      chmodSync(out, 0o666);
      expect(await kyok(['key', verb, id, '--base64', '/wABAv4=', '--out', out], { env })).toMatchObject({ code: 0 });
      expect(readFileSync(out, 'utf8')).toBe('hello\n');
      expect(statSync(out).mode & 0o777).toBe(0o600);
    }
    const modeOfNull = statSync('/dev/null').mode;
    expect(await kyok(['key', 'decrypt', id, '--base64', '/wABAv4=', '--out', '/dev/null'], { env })).toMatchObject({ code: 0 });
    expect(statSync('/dev/null').mode).toBe(modeOfNull);
  });

  it('puts a new API key into no file that is there', async () => {
    const { env, server } = await served({ createApiKey: () => ({ apiKey: { id }, token: 'kyok_secret' }) });
    const out = join(folder, 'there-api-key');
    writeFileSync(out, 'mine\n', { mode: 0o644 });
    const refused = await kyok(['api-key', 'create', '--principal', id, '--name', 'x', '--out', out], { env });
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('the file exists already') });
    expect(readFileSync(out, 'utf8')).toBe('mine\n');
    expect(server.asked.some(({ field }) => field === 'createApiKey')).toBe(false);
  });

  it('exits with 8 where something does not verify or decrypt', async () => {
    const error = { code: 'CIPHERTEXT_INVALID', kind: 'crypto-failed', message: 'Not one of this key.', details: {} };
    const { env } = await served({ verify: () => items({ valid: false }), decrypt: () => items({ error, plaintext: null }) });
    const verified = await kyok(['verify', id, '--text', 'x', '--signature', 'AAAA'], { env });
    expect(verified).toMatchObject({ code: 8, text: 'not valid\n' });
    expect(await kyok(['key', 'decrypt', id, '--base64', 'AAAA'], { env })).toMatchObject({ code: 8, text: '' });
  });

  it('writes random bytes, and wraps a new data key where none is given', async () => {
    const { server, env } = await served({
      generateRandom: () => ({ items: ['AAEC', 'AwQF'] }),
      wrapKey: () => items({ plaintext: 'AAEC', ciphertext: '/w==' }),
    });
    expect((await kyok(['random', '--length', '3', '--count', '2', '--raw'], { env })).out).toEqual(Buffer.from([0, 1, 2, 3, 4, 5]));
    const wrapped = await kyok(['wrap', id, '--output', 'json'], { env });
    expect(JSON.parse(wrapped.text)).toEqual({ plaintext: 'AAEC', ciphertext: '/w==' });
    expect(server.asked.at(-1)?.variables).toEqual({ input: { keyId: id, items: [{}] } });
  });
});

describe('kyok api-key create', () => {
  it('writes the token to a file that only its owner reads, and sends the secret it made', async () => {
    const { server, env } = await served({
      principals: () => page([{ id: 'robot', name: 'robot' }]),
      createApiKey: () => ({ apiKey: { id, name: 'ci', principalId: 'robot' }, token: null }),
    });
    const out = join(folder, 'robot.key');
    const outcome = await kyok(['api-key', 'create', '--principal', 'robot', '--name', 'ci', '--out', out], { env });
    expect(outcome.code, outcome.err).toBe(0);
    const token = readFileSync(out, 'utf8').trim();
    const { input } = (server.asked[1]?.variables ?? {}) as { input: { secret: string } };
    expect(token).toBe(`kyok_${Buffer.from(input.secret, 'base64').toString('base64url')}`);
    expect(outcome.text).not.toContain(token);
  });

  it('leaves no file behind when the server refuses', async () => {
    const { env } = await served({
      createApiKey: () => {
        throw new Refused('You may not do this here.', { code: 'FORBIDDEN', kind: 'forbidden' });
      },
    });
    const out = join(folder, 'refused.key');
    const outcome = await kyok(['api-key', 'create', '--principal', id, '--name', 'ci', '--out', out], { env });
    expect(outcome.code).toBe(3);
    expect(existsSync(out)).toBe(false);
  });
});
