/** A large file through the built command and a real server: it comes back as it was, in constant memory. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kyokCommand, kyokProcess, type RealServer, realServer } from './real-server.js';

const megabyte = 1 << 20;

describe('kyok encrypt FILE and decrypt FILE', () => {
  const folder = mkdtempSync('/tmp/kyok-large-');
  const key = 'Files/key';
  let server: RealServer;

  beforeAll(async () => {
    server = await realServer();
    const recipe = ['--algorithm', 'AES', '--size', '256', '--target', 'internal:local'];
    for (const args of [
      ['vault', 'create', '--name', 'Files'],
      ['keystore', 'create', '--vault', 'Files', '--type', 'internal', '--name', 'local'],
      ['template', 'create', '--vault', 'Files', '--name', 'aes', ...recipe],
      ['key', 'create', '--vault', 'Files', '--template', 'aes', '--label', 'key'],
    ]) {
      const ran = await kyokProcess(args, server.env);
      expect(ran.code, `${args.join(' ')}: ${ran.err}`).toBe(0);
    }
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes no more memory for 160 MB than for a small file', async () => {
    const [small, large] = [join(folder, 'small'), join(folder, 'large')];
    writeFileSync(small, 'x');
    const handle = await open(large, 'w');
    for (let at = 0; at < 160; at += 1) await handle.writeFile(Buffer.alloc(megabyte, at));
    await handle.close();
    const least = await peakMemory(['encrypt', small, '--key', key], server.env);
    const encrypting = await peakMemory(['encrypt', large, '--key', key], server.env);
    const decrypting = await peakMemory(['decrypt', `${large}.age`, '--out', join(folder, 'large-again')], server.env);
    expect(await digest(join(folder, 'large-again'))).toBe(await digest(large));
    expect(Math.max(encrypting, decrypting) - least).toBeLessThan(80 * megabyte);
  });
}, 180_000);

/** Most resident memory of the command at any time, in bytes. */
async function peakMemory(args: readonly string[], env: Record<string, string>): Promise<number> {
  const child = spawn(process.execPath, [kyokCommand, ...args], { env: { ...process.env, ...env } });
  let peak = 0;
  const watch = setInterval(() => {
    try {
      const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1')) ?? [];
      peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
    } catch {
      // It has just ended.
    }
  }, 10);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearInterval(watch);
  expect(code).toBe(0);
  return peak;
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
