import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Hsm } from '../../src/hsm/contract.js';
import type { UnitsHsmOptions } from '../../src/hsm/units/units-hsm.js';
import { pattern, unseal } from './ceremony.js';
import { freshFolder, startedUnits } from './started-units.js';

const spec = { algorithm: 'AES', size: '256' } as const;
const attributes = { usages: ['ENCRYPT'], extractable: false } as const;

let dataDir = '';
let file = '';
let hsm: Hsm | undefined;
beforeEach(async () => {
  dataDir = await freshFolder();
  file = path.join(await freshFolder(), 'device.key');
  await writeFile(file, `${'ab'.repeat(32)}\n`, { mode: 0o600 });
});
afterEach(() => hsm?.close());

async function start(options: Partial<UnitsHsmOptions> = {}): Promise<Hsm> {
  await hsm?.close();
  hsm = undefined;
  hsm = await startedUnits({ dataDir, deviceKey: { file }, ...options });
  return hsm;
}

const refused = (promise: Promise<unknown>, reason: string) =>
  expect(promise).rejects.toMatchObject({ code: 'MASTER_KEY_STATE_FORBIDS', details: { reason } });

describe('a device key', () => {
  test('opens at the next start what a ceremony put in place, by whatever way it comes', async () => {
    await unseal(await start());
    const blob = (await (await start()).generateKey(spec, attributes, null)).blob;
    expect(await hsm?.status()).toMatchObject({ sealed: false, expectedVerificationPattern: pattern });
    const byCommand = await start({ deviceKey: { command: `cat ${file}` } });
    expect((await byCommand.inspect({ blob, context: null })).spec).toEqual(spec);
    await writeFile(file, Buffer.from('ab'.repeat(32), 'hex').toString('base64'));
    expect((await (await start()).status()).sealed).toBe(false);
  });

  test('that is another one is refused clearly; without it the parts still unseal, and it keeps its state', async () => {
    await unseal(await start());
    await writeFile(file, 'cd'.repeat(32));
    await refused(start(), 'DEVICE_KEY_DOES_NOT_OPEN_SEALED_STATE');
    const sealed = await start({ deviceKey: null });
    expect((await sealed.status()).sealed).toBe(true);
    await unseal(sealed);
    await writeFile(file, 'ab'.repeat(32));
    expect((await (await start()).status()).sealed).toBe(false);
  });

  test('that others may read, that is none, that is not there, or that lies beside the data: refused by name', async () => {
    await chmod(file, 0o640);
    await refused(start(), 'DEVICE_KEY_READABLE_BY_OTHERS');
    await chmod(file, 0o600);
    await refused(start({ deviceKeyNotOnVolumeOf: dataDir }), 'DEVICE_KEY_ON_DATA_VOLUME');
    for (const text of ['', 'ab'.repeat(31), `${'ab'.repeat(32)} x`, Buffer.alloc(31).toString('base64')]) {
      await writeFile(file, text);
      await refused(start(), 'DEVICE_KEY_MALFORMED');
    }
    await refused(start({ deviceKey: { file: path.join(dataDir, 'absent') } }), 'DEVICE_KEY_UNREADABLE');
    await refused(start({ deviceKey: { command: 'echo secret; exit 3' } }), 'DEVICE_KEY_COMMAND_FAILED');
  });
});

describe('the sealed state', () => {
  const stateFile = () => path.join(dataDir, 'hsm', 'sealed-state.json');

  test('is for its owner only, holds no key, and keeps what it does not know', async () => {
    await unseal(await start());
    expect((await stat(stateFile())).mode & 0o777).toBe(0o600);
    const fields = JSON.parse(await readFile(stateFile(), 'utf8')) as Record<string, unknown>;
    expect(fields).toMatchObject({
      format: 'kyok-hsm-sealed-state',
      version: 1,
      verificationPattern: Buffer.from(pattern).toString('hex'),
    });
    await writeFile(stateFile(), JSON.stringify({ ...fields, sealedMasterKey: null, auditCheckpoint: 'later' }));
    await unseal(await start());
    expect(JSON.parse(await readFile(stateFile(), 'utf8'))).toMatchObject({
      auditCheckpoint: 'later',
      sealedMasterKey: expect.any(String),
    });
    expect(await readdir(path.join(dataDir, 'hsm'))).toEqual(['sealed-state.json']);
  });

  test('that was altered opens nothing and is not overwritten', async () => {
    await unseal(await start());
    const text = await readFile(stateFile(), 'utf8');
    const fields = JSON.parse(text) as Record<string, string>;
    await writeFile(stateFile(), JSON.stringify({ ...fields, instanceId: 'other' }));
    await refused(start(), 'DEVICE_KEY_DOES_NOT_OPEN_SEALED_STATE');
    for (const broken of ['', '{', '[]', '{"format":"other"}', text.replace('"version": 1', '"version": 2')]) {
      await writeFile(stateFile(), broken);
      await refused(start({ autoInitialise: true }), 'SEALED_STATE_UNREADABLE');
      expect(await readFile(stateFile(), 'utf8')).toBe(broken);
    }
  });

  test('in development is made at the first start; its device key, once lost, is missed and not replaced', async () => {
    const first = await start({ deviceKey: null, autoInitialise: true });
    const blob = (await first.generateKey(spec, attributes, null)).blob;
    const own = path.join(dataDir, 'hsm', 'device.key');
    expect((await stat(own)).mode & 0o777).toBe(0o600);
    const again = await start({ deviceKey: null, autoInitialise: true, units: 2 });
    expect((await again.inspect({ blob, context: null })).spec).toEqual(spec);
    await rm(own);
    await refused(start({ deviceKey: null, autoInitialise: true }), 'DEVICE_KEY_UNREADABLE');
  });
});
