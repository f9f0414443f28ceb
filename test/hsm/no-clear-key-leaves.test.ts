import { createCipheriv, createPublicKey, publicEncrypt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { algorithmDescriptors } from '../../src/domain/algorithms.js';
import { type SoftEngine, softEngine } from '../../src/hsm/soft/engine.js';
import { encodeFrame } from '../../src/hsm/units/frames.js';
import { type UnitMethod, unitMethods } from '../../src/hsm/units/protocol.js';
import { masterKey, parts, pattern } from './ceremony.js';
import { freshFolder } from './started-units.js';

const material = Uint8Array.from({ length: 32 }, (_, i) => 0xc0 + (i % 32));
const spec = { algorithm: 'AES', size: '256' } as const;

/** Calls the engine like its process does, and keeps every byte it would send. */
function listening(engine: SoftEngine) {
  const sent: Uint8Array[] = [];
  const called = new Set<string>();
  const call = async <Method extends UnitMethod>(method: Method, ...args: Parameters<SoftEngine[Method]>) => {
    called.add(method);
    const answer = await (engine[method] as (...args: unknown[]) => unknown)(...args);
    sent.push(encodeFrame(answer ?? null));
    return answer as Awaited<ReturnType<SoftEngine[Method]>>;
  };
  return { call, sent, called };
}

function encrypted(to: Uint8Array, bytes: Uint8Array): Uint8Array {
  const key = createPublicKey({ key: Buffer.from(to), format: 'der', type: 'spki' });
  return new Uint8Array(publicEncrypt({ key, oaepHash: 'sha256' }, bytes));
}

test('nothing that a unit sends holds the master key, a part of it or a clear key', async () => {
  const { call, sent, called } = listening(softEngine());
  const file = path.join(await freshFolder(), 'device.key');
  await writeFile(file, 'ab'.repeat(32), { mode: 0o600 });
  await call('start', { sealedState: null, deviceKey: { file } });
  const to = await call('importerPublicKey');
  for (const [i, part] of parts.entries()) await call('loadPart', i + 1, parts.length, encrypted(to, part));
  await call('commit', pattern);
  await call('sealNew', 'instance', pattern);
  await call('activate', pattern);
  await call('registers');

  const attributes = { usages: algorithmDescriptors.AES.usages, extractable: true };
  const importKey = await call('generateKey', { algorithm: 'RSA', size: '2048' }, { usages: ['UNWRAP'], extractable: false }, null);
  const wrapped = encrypted(importKey.publicKey ?? new Uint8Array(), material);
  const key = await call('unwrapKey', { blob: importKey.blob, context: null }, wrapped, 'RSA_OAEP_SHA256', spec, attributes, null);
  const ref = { blob: key.blob, context: null };
  // It is the key whose bytes are searched for.
  expect(key.checkValue).toEqual(new Uint8Array(createCipheriv('aes-256-ecb', material, null).update(new Uint8Array(16)).subarray(0, 3)));
  const other = await call('generateKey', spec, attributes, null);
  await call('inspect', ref);
  await call('encrypt', ref, 'AES_GCM', [{ data: new Uint8Array(32) }]);
  await call('wrapKey', { blob: other.blob, context: null }, ref, 'AES_KWP');
  await call('exportKey', ref, 'RSA_OAEP_SHA256', to);
  const sibling = softEngine();
  await sibling.start({ sealedState: null, deviceKey: null });
  const shared = await call('share', await sibling.importerPublicKey());
  await sibling.receive(shared, pattern);
  expect((await sibling.inspect(ref)).checkValue).toEqual(key.checkValue);

  const all = Buffer.concat(sent);
  for (const secret of [masterKey, ...parts, material, masterKey.subarray(0, 16), Buffer.from('ab'.repeat(32), 'hex')]) {
    expect(all.includes(Buffer.from(secret))).toBe(false);
  }
  // The rest answers with what its caller sent, with random numbers, or with registers.
  const unheard = Object.keys(unitMethods).filter((method) => !called.has(method));
  expect(unheard).toEqual([
    'generateRandom',
    'digest',
    'decrypt',
    'sign',
    'verify',
    'deriveKey',
    'reencipher',
    'readMemory',
    'changedMemory',
    'destroyedAmong',
    'adoptMemory',
    'forget',
    'capabilities',
    'initialise',
    'clearNew',
    'receive',
  ]);
});
