import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { describeWith } from '../programs.js';
import type { Said } from './store-writer.js';
import { expectAllThere, startWriter } from './store-writer-process.js';

const prlimit = (...args: string[]) => execFileSync('prlimit', args, { stdio: 'ignore' });
const hasPrlimit = process.platform === 'linux' && works(() => prlimit('--version'));

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

const refusals = (said: readonly Said[]) => said.flatMap((line) => ('refused' in line ? line.refused : []));

describeWith('prlimit', hasPrlimit, 'full disk on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-full-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('what does not fit is refused, what was acknowledged stays, and with room again it goes on', async () => {
    const options = { type: 'sqlite', file: join(folder, 'kyok.db') } as const;
    const writer = await startWriter(options, 'busy');
    await writer.until((said) => said.length > 20);
    // No file may grow any further than about this.
    prlimit('--pid', String(writer.pid), '--fsize=600000:unlimited');
    await writer.until((said) => new Set(refusals(said)).size >= 2);
    const atFailure = writer.said.length;
    prlimit('--pid', String(writer.pid), '--fsize=unlimited:unlimited');
    await writer.until((said) => said.slice(atFailure).filter((line) => 'event' in line || 'vault' in line).length > 50);
    await writer.kill();
    expect(new Set(refusals(writer.said))).toEqual(new Set(['AUDIT_UNAVAILABLE', 'STORE_UNAVAILABLE']));
    const store = await typeormStore(options);
    await expectAllThere(store, writer.said);
    await store.close();
  }, 60_000);
});
