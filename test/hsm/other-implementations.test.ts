/** What no vector covers: the mechanisms agree with another implementation, each way. */
import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { aeskwp } from '@noble/ciphers/aes.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect, test } from 'vitest';
import { mechanismTable } from '../../src/hsm/soft/mechanisms/table.js';

test.each([1, 7, 8, 9, 16, 31, 1217])('AES_KWP of %i bytes', (length) => {
  const kek = new Uint8Array(32).fill(0x11);
  const key = { key: createSecretKey(kek), publicKey: null };
  const material = new Uint8Array(length).fill(7);
  const wrapped = mechanismTable.AES_KWP.wrap?.(key, material) ?? new Uint8Array();
  expect(aeskwp(kek).decrypt(wrapped)).toEqual(material);
  expect(Buffer.from(mechanismTable.AES_KWP.unwrap?.(key, aeskwp(kek).encrypt(material)) ?? [])).toEqual(Buffer.from(material));
});

test('ECDSA on secp256k1', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const data = new Uint8Array([1, 2, 3]);
  const point = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-65));
  const signature = (await mechanismTable.ECDSA_SHA256.sign?.({ key: privateKey, publicKey }, data)) ?? new Uint8Array();
  expect(secp256k1.verify(signature, data, point, { lowS: false })).toBe(true);
  const scalar = new Uint8Array(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
  expect(await mechanismTable.ECDSA_SHA256.verify?.({ key: privateKey, publicKey }, data, secp256k1.sign(data, scalar))).toBe(true);
});
