/** A production server: sealed until people bring its master key, with real crypto units. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kyok as command } from './fake-server.js';
import { kyokProcess, type RealServer, realServer } from './real-server.js';

describe('a production server', () => {
  const folder = mkdtempSync('/tmp/kyok-sealed-');
  const parts = [join(folder, 'part-1.json'), join(folder, 'part-2.json')];
  const passphrase = join(folder, 'passphrase');
  const settings = { KYOK_PROFILE: 'production', KYOK_DATA_DIR: mkdtempSync('/tmp/kyok-production-') };
  const bring = (verb: string) => ['hsm', verb, ...parts, '--passphrase-file', passphrase, '--yes'];
  let server: RealServer | undefined;

  afterAll(async () => {
    await server?.stop();
  });

  it('gets its first key by admin reset and its master key by init', async () => {
    writeFileSync(passphrase, 'correct horse battery\n');
    expect(await kyokProcess(['admin', 'reset', '--yes'], settings)).toMatchObject({ code: 0 });
    server = await realServer(settings);
    expect(await command(['random'], { env: server.env })).toMatchObject({ code: 7, text: '' });
    expect(await kyokProcess(['hsm', 'new-part', ...parts, '--passphrase-file', passphrase], {})).toMatchObject({ code: 0 });
    const early = await kyokProcess(bring('unseal'), server.env);
    expect(early).toMatchObject({ code: 5, err: expect.stringContaining('hsm init') });
    const init = await kyokProcess(bring('init'), server.env);
    expect(init.code, init.err).toBe(0);
    expect(await command(['random'], { env: server.env })).toMatchObject({ code: 0 });
    expect(await server.stop()).toBe(0);
  });

  it('is sealed again after a restart until the same master key comes', async () => {
    server = await realServer(settings);
    expect((await command(['status'], { env: server.env })).text).toMatch(/HSM sealed\s+yes/);
    expect(await command(['random'], { env: server.env })).toMatchObject({ code: 7 });
    const unseal = await kyokProcess(bring('unseal'), server.env);
    expect(unseal.code, unseal.err).toBe(0);
    expect(await command(['random'], { env: server.env })).toMatchObject({ code: 0 });
    expect(await kyokProcess(bring('unseal'), server.env)).toMatchObject({ code: 5, err: expect.stringContaining('not sealed') });
  });
}, 120_000);
