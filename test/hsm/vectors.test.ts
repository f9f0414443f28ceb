import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { aeskwp } from '@noble/ciphers/aes.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, test } from 'vitest';
import type { Mechanism } from '../../src/domain/algorithms.js';
import type { KeyHandle } from '../../src/hsm/soft/key-kinds.js';
import { mechanismTable } from '../../src/hsm/soft/mechanisms/table.js';

type Case = Readonly<Record<string, string>>;

function vectors(name: string): readonly Case[] {
  const file = new URL(`../vectors/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases;
}

const hex = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'hex'));
const toHex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
const base64url = (text: string | undefined) => Buffer.from(text ?? '', 'hex').toString('base64url');
const secret = (key: string | undefined): KeyHandle => ({ key: createSecretKey(hex(key)), publicKey: null });
const publicOnly = (publicKey: KeyObject): KeyHandle => ({ key: publicKey, publicKey });
const jwk = (key: JsonWebKey) => publicOnly(createPublicKey({ key, format: 'jwk' }));

describe.each(['AES_KW', 'AES_KWP'] as const)('%s', (mechanism) => {
  const row = mechanismTable[mechanism];
  test.each(vectors(mechanism.toLowerCase().replace('_', '-')))('$name', ({ kek, material, wrapped }) => {
    expect(toHex(row.wrap?.(secret(kek), hex(material)))).toBe(wrapped);
    expect(toHex(row.unwrap?.(secret(kek), hex(wrapped)))).toBe(material);
  });
});

test.each([1, 7, 8, 9, 16, 31, 1217])('AES_KWP of %i bytes agrees with another implementation', (length) => {
  const kek = '11'.repeat(32);
  const material = new Uint8Array(length).fill(7);
  const wrapped = mechanismTable.AES_KWP.wrap?.(secret(kek), material) ?? new Uint8Array();
  expect(aeskwp(hex(kek)).decrypt(wrapped)).toEqual(material);
});

describe('AES_GCM', () => {
  test.each(vectors('aes-gcm'))('$name', async ({ key, nonce, aad, plaintext, ciphertext, tag }) => {
    const item = { data: hex(`${nonce}${ciphertext}${tag}`), aad: hex(aad) };
    expect(toHex(await mechanismTable.AES_GCM.decrypt?.(secret(key), item))).toBe(plaintext);
    expect(() => mechanismTable.AES_GCM.decrypt?.(secret(key), { data: item.data })).toThrow();
  });
});

describe('AES_CBC', () => {
  test.each(vectors('aes-cbc'))('$name', async ({ key, iv, plaintext, ciphertext, padding }) => {
    const data = hex(`${iv}${ciphertext}${padding}`);
    expect(toHex(await mechanismTable.AES_CBC.decrypt?.(secret(key), { data }))).toBe(plaintext);
  });
});

describe.each(['HMAC_SHA256', 'HMAC_SHA384', 'HMAC_SHA512'] as const)('%s', (mechanism) => {
  test.each(vectors('hmac'))('$name', async (row) => {
    const tag = row[mechanism];
    expect(toHex(await mechanismTable[mechanism].sign?.(secret(row['key']), hex(row['data'])))).toBe(tag);
    expect(await mechanismTable[mechanism].verify?.(secret(row['key']), hex(row['data']), hex(tag))).toBe(true);
    expect(await mechanismTable[mechanism].verify?.(secret(row['key']), hex(row['data']), hex(tag).subarray(1))).toBe(false);
  });
});

describe('EDDSA', () => {
  test.each(vectors('ed25519'))('$name', async ({ secret: d, public: x, data, signature }) => {
    const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: base64url(d), x: base64url(x) }, format: 'jwk' });
    const handle = { key, publicKey: createPublicKey(key) };
    expect(toHex(await mechanismTable.EDDSA.sign?.(handle, hex(data)))).toBe(signature);
    expect(await mechanismTable.EDDSA.verify?.(handle, hex(data), hex(signature))).toBe(true);
  });
});

describe('ECDSA', () => {
  test.each(vectors('ecdsa'))('$name', async ({ curve, mechanism, x, y, data, signature }) => {
    const row = mechanismTable[mechanism as Mechanism];
    const handle = jwk({ kty: 'EC', crv: curve ?? '', x: base64url(x), y: base64url(y) });
    expect(await row.verify?.(handle, hex(data), hex(signature))).toBe(true);
    expect(await row.verify?.(handle, hex(`${data}00`), hex(signature))).toBe(false);
  });

  test('secp256k1 agrees with another implementation', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const data = new Uint8Array([1, 2, 3]);
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
    const signature = (await mechanismTable.ECDSA_SHA256.sign?.({ key: privateKey, publicKey }, data)) ?? new Uint8Array();
    expect(secp256k1.verify(signature, data, new Uint8Array(point), { lowS: false })).toBe(true);
    const scalar = hex(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex'));
    expect(await mechanismTable.ECDSA_SHA256.verify?.({ key: privateKey, publicKey }, data, secp256k1.sign(data, scalar))).toBe(true);
  });
});
