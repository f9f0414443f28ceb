/** The log as an auditor takes it away: exported by the command, and proved without the server. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kyokProcess } from '../cli/real-server.js';
import type { Broken } from './check.js';
import type { Life } from './life.js';

/** What `kyok audit export` and `kyok audit verify` find wrong. */
export async function brokenExport({ server, disk, newRequestId }: Life): Promise<readonly Broken[]> {
  const file = join(tmpdir(), `kyok-killed-${process.pid}-${newRequestId()}.jsonl`);
  try {
    const settings = { KYOK_ENDPOINT: server().endpoint, KYOK_DATA_DIR: disk.folder };
    const exported = await kyokProcess(['audit', 'export', file, '--output', 'json'], settings);
    if (exported.code !== 0) return [{ rule: 'the audit log verifies', what: `kyok audit export: ${exported.err}` }];
    const { publicKey } = JSON.parse(exported.out) as { publicKey: string };
    const verified = await kyokProcess(['audit', 'verify', file, '--public-key', publicKey], {});
    return verified.code === 0 ? [] : [{ rule: 'the audit log verifies', what: `kyok audit verify: ${verified.err}` }];
  } finally {
    rmSync(file, { force: true });
  }
}
