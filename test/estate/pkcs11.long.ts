import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kyokProcess, type RealServer, realServer, run } from '../cli/real-server.js';
import { freshToken, hasSoftHsm, type SoftToken } from '../hsm/softhsm.js';
import { describeWith } from '../programs.js';

const demo = 'examples/retail-banking/demo.mjs';

function settingsOf(token: SoftToken): Record<string, string> {
  return {
    ...token.environment,
    KYOK_HSM: 'pkcs11',
    KYOK_HSM_PKCS11_MODULE: token.module,
    KYOK_HSM_PKCS11_TOKEN: token.label,
    KYOK_HSM_PKCS11_PIN_FILE: token.pinFile,
    KYOK_LOG_LEVEL: 'debug',
  };
}

interface Status {
  readonly sealed: boolean;
  readonly implementation: string;
  readonly units: readonly { readonly running: boolean; readonly restarts: number; readonly processId: number }[];
}

async function statusOf(server: RealServer): Promise<Status> {
  const { out, err } = await kyokProcess(['hsm', 'status', '--output', 'json'], server.env);
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Status;
}

describeWith('softhsm2', hasSoftHsm, 'a server whose master key lies on a PKCS#11 token', () => {
  let token: SoftToken;
  let server: RealServer;
  let output = '';
  beforeAll(async () => {
    token = freshToken();
    server = await realServer(settingsOf(token), (text) => {
      output += text;
    });
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
  });

  it('runs the demo', async () => {
    const ran = await run([demo], server.env);
    expect(ran.code, ran.err + ran.out).toBe(0);
    expect(ran.out).toContain('Done: ');
    expect(ran.out + ran.err).not.toContain(token.pin);
  }, 120_000);

  it('goes on when the module takes its unit down', async () => {
    const before = await statusOf(server);
    expect(before).toMatchObject({ sealed: false, implementation: expect.stringContaining(`PKCS#11 token "${token.label}"`) });
    process.kill(before.units[0]?.processId ?? 0, 'SIGSEGV');
    let after = before;
    for (let i = 0; i < 200 && !(after.units[0]?.restarts === 1 && after.units[0].running); i += 1) {
      await delay(100);
      after = await statusOf(server);
    }
    expect(after).toMatchObject({ sealed: false, units: [{ running: true, restarts: 1 }] });
    const ran = await run([demo], server.env);
    expect(ran.code, ran.err + ran.out).toBe(0);
  }, 120_000);

  it('shows the PIN to nobody: not in its output, not in arguments or environment of a process, not in its data folder', async () => {
    const { units } = await statusOf(server);
    const ids = [server.process.pid ?? 0, ...units.map((unit) => unit.processId)];
    const shown = ids.flatMap((id) => [readFileSync(`/proc/${id}/cmdline`, 'utf8'), readFileSync(`/proc/${id}/environ`, 'utf8')]);
    const files = readdirSync(server.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'latin1'));
    expect(files.length).toBeGreaterThan(2);
    expect(output).toContain('kyok is ready');
    for (const text of [output, ...shown, ...files]) expect(text.includes(token.pin)).toBe(false);
    // Of the environment a unit has what the module reads, and none of the server's settings.
    expect(shown.at(-1)).toContain('SOFTHSM2_CONF=');
    expect(shown.at(-1)).not.toContain('KYOK_');
  }, 60_000);
});
