import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { startFailure } from '../../src/server/start-failure.js';
import { describeWith } from '../programs.js';
import { freshToken, hasSoftHsm, type SoftToken, softHsmModule } from './softhsm.js';
import { freshFolder, startedUnits } from './started-units.js';

const started = (token: SoftToken | null, dataDir: string) => startedUnits({ dataDir, units: 1, autoInitialise: true, token });

/** What the operator reads. */
async function refusal(start: () => Promise<unknown>): Promise<string> {
  const error = await start().then(
    () => new Error('it started'),
    (reason: unknown) => startFailure(reason),
  );
  return (error as Error).message;
}

/** Keys of a known value under the master keys' labels: neither readable nor extractable now, as the module's own would be. */
function writeKnownKeys({ module, pin, environment }: SoftToken): void {
  const script = `
    const pkcs11 = new (require('pkcs11js').PKCS11)();
    const { MODULE, PIN } = process.env;
    pkcs11.load(MODULE);
    pkcs11.C_Initialize();
    const slot = pkcs11.C_GetSlotList(true).find((slot) => pkcs11.C_GetTokenInfo(slot).label.trim() !== '');
    const session = pkcs11.C_OpenSession(slot, 6);
    pkcs11.C_Login(session, 1, PIN);
    const write = (label, keyType, rights) => pkcs11.C_CreateObject(session, [
      { type: 0x0, value: 4 }, { type: 0x100, value: keyType }, { type: 0x1, value: true }, { type: 0x2, value: true },
      { type: 0x103, value: true }, { type: 0x162, value: false }, { type: 0x3, value: label },
      { type: 0x11, value: Buffer.alloc(32, 7) }, ...rights.map((type) => ({ type, value: true })),
    ]);
    write('kyok authentication key', 0x10, [0x108, 0x10a]);
    write('kyok wrapping key', 0x1f, [0x106, 0x107]);
  `;
  execFileSync(process.execPath, ['-e', script], { env: { ...process.env, ...environment, MODULE: module, PIN: pin } });
}

describeWith('softhsm2', hasSoftHsm, 'a token at the start', () => {
  test('a PIN that was refused is not tried again before its file is written anew', { timeout: 60_000 }, async () => {
    const [token, dataDir] = [freshToken(), await freshFolder()];
    writeFileSync(token.pinFile, 'wrong-pin\n');
    expect(await refusal(() => started(token, dataDir))).toMatch(/refuses this PIN/);
    expect(await refusal(() => started(token, dataDir))).toMatch(/refused the PIN in .* before/);
    writeFileSync(token.pinFile, token.pin);
    await (await started(token, dataDir)).close();
  });

  test('a PIN file that others can read, a token that is not there and a module that is none are named', { timeout: 60_000 }, async () => {
    const [token, dataDir] = [freshToken('shown'), await freshFolder()];
    expect(await refusal(() => started({ ...token, label: 'other' }, dataDir))).toMatch(/no token "other"; the module shows "shown"/);
    expect(await refusal(() => started({ ...token, module: '/bin/sh' }, dataDir))).toMatch(/KYOK_HSM_PKCS11_MODULE: .*cannot be loaded/);
    chmodSync(token.pinFile, 0o644);
    expect(await refusal(() => started(token, dataDir))).toMatch(/KYOK_HSM_PKCS11_PIN_FILE can be read by others: chmod 600/);
  });

  test('a data folder belongs to one kind of HSM, and to one token', { timeout: 60_000 }, async () => {
    const [soft, onToken, token] = [await freshFolder(), await freshFolder(), freshToken()];
    await (await started(null, soft)).close();
    await (await started(token, onToken)).close();
    expect(await refusal(() => started(token, soft))).toMatch(/made with KYOK_HSM=soft, not pkcs11/);
    expect(await refusal(() => started(null, onToken))).toMatch(/made with KYOK_HSM=pkcs11, not soft/);
    expect(await refusal(() => started(freshToken(), onToken))).toMatch(/holds no master key/);
    const other = freshToken();
    await (await started(other, await freshFolder())).close();
    expect(await refusal(() => started(other, onToken))).toMatch(/not the one of this data folder/);
  });

  test('master keys that somebody wrote to the token are none: whoever did knows them', { timeout: 60_000 }, async () => {
    const [token, dataDir] = [freshToken(), await freshFolder()];
    writeKnownKeys(token);
    expect(await refusal(() => started(token, dataDir))).toMatch(/"kyok wrapping key" on the token was not made on it/);
  });

  test('production makes no master key by itself; the explicit step does, once, for all units', { timeout: 60_000 }, async () => {
    const [token, dataDir] = [freshToken(), await freshFolder()];
    const options = { dataDir, units: 2, autoInitialise: false, token };
    const hsm = await startedUnits(options);
    expect(await hsm.status()).toMatchObject({ sealed: true, initialised: false });
    await expect(hsm.generateRandom(8)).rejects.toMatchObject({ code: 'HSM_SEALED' });
    expect((await hsm.masterKey.initialise()).current.state).toBe('VALID');
    expect(await hsm.status()).toMatchObject({ sealed: false, units: [{ sealed: false }, { sealed: false }] });
    await expect(hsm.masterKey.initialise()).rejects.toMatchObject({ details: { reason: 'ALREADY_INITIALISED' } });
    await hsm.close();
    const again = await startedUnits(options);
    expect(await again.status()).toMatchObject({ sealed: false });
    await again.close();
  });
});

describe('settings of a token', () => {
  const refused = (settings: Record<string, string>) => expect(() => loadConfig(settings));
  test('are refused by name when they contradict each other', () => {
    refused({ KYOK_HSM: 'pkcs11' }).toThrow(/KYOK_HSM=pkcs11 needs KYOK_HSM_PKCS11_PIN_FILE/);
    refused({ KYOK_HSM_PKCS11_TOKEN: 'x' }).toThrow(/KYOK_HSM_PKCS11_TOKEN does not go with KYOK_HSM=soft/);
    refused({ KYOK_HSM_PKCS11_VARIABLES: 'LD_PRELOAD' }).toThrow(/KYOK_HSM_PKCS11_VARIABLES/);
    const token = { KYOK_HSM: 'pkcs11', KYOK_HSM_PKCS11_MODULE: softHsmModule, KYOK_HSM_PKCS11_TOKEN: 'x' };
    refused({ ...token, KYOK_HSM_PKCS11_PIN_FILE: '/nowhere/pin' }).toThrow(/KYOK_HSM_PKCS11_PIN_FILE names a file that is not there/);
    refused({ ...token, KYOK_HSM_DEVICE_KEY_COMMAND: 'x' }).toThrow(/KYOK_HSM_DEVICE_KEY_COMMAND does not go with KYOK_HSM=pkcs11/);
  });
});
