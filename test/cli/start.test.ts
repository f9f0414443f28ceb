/** A server that cannot start says why in one line that names the setting or file to look at, and changes nothing. */
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kyokProcess, realServer } from './real-server.js';

const newFolder = () => mkdtempSync(join(tmpdir(), 'kyok-start-'));
const serve = (settings: Record<string, string>) =>
  kyokProcess(['serve'], { KYOK_LISTEN: '127.0.0.1:0', KYOK_LOG_LEVEL: 'silent', ...settings });

describe('kyok serve', () => {
  it('names the listener whose port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const ran = await serve({ KYOK_DATA_DIR: newFolder(), KYOK_LISTEN: `127.0.0.1:${port}` });
    other.close();
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^kyok: KYOK_LISTEN: [^\n]+\n$/) });
  });

  it('names the setting of a database that cannot be opened, without its password', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'kyok.db'), 'this is no database, and it must stay as it is');
    expect(await serve({ KYOK_DATA_DIR: folder })).toMatchObject({ code: 2, err: expect.stringContaining('KYOK_DATA_DIR') });
    const ran = await serve({ KYOK_DATA_DIR: newFolder(), KYOK_DATABASE_URL: 'postgres://kyok:S3CRET@127.0.0.1:1/kyok' });
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('KYOK_DATABASE_URL') });
    expect(ran.err).not.toContain('S3CRET');
  });

  it('admits one server per data folder, and makes no new HSM or pepper in place of lost ones', async () => {
    const server = await realServer();
    const { dataDir, env } = server;
    const second = await serve({ KYOK_DATA_DIR: dataDir });
    expect(second).toMatchObject({ code: 5, out: '', err: expect.stringMatching(/^kyok: .*\n$/m) });
    expect(await kyokProcess(['admin', 'reset', '--yes'], { KYOK_DATA_DIR: dataDir })).toMatchObject({ code: 5 });
    expect(await kyokProcess(['audit', 'checkpoint'], env)).toMatchObject({ code: 0 });
    const [hsm, pepper, elsewhere] = [join(dataDir, 'hsm'), join(dataDir, 'pepper.key'), newFolder()];
    server.process.kill('SIGKILL');
    await new Promise((resolve) => server.process.once('exit', resolve));
    renameSync(hsm, join(elsewhere, 'hsm'));
    expect(await serve({ KYOK_DATA_DIR: dataDir })).toMatchObject({ code: 2, err: expect.stringContaining('sealed-state.json') });
    renameSync(join(elsewhere, 'hsm'), hsm);
    renameSync(pepper, join(elsewhere, 'pepper.key'));
    expect(await serve({ KYOK_DATA_DIR: dataDir })).toMatchObject({ code: 2, err: expect.stringContaining('pepper.key') });
    renameSync(join(elsewhere, 'pepper.key'), pepper);
    const again = await realServer({ KYOK_DATA_DIR: dataDir });
    expect(await kyokProcess(['status'], again.env)).toMatchObject({ code: 0 });
    expect(await again.stop()).toBe(0);
  });
}, 90_000);
