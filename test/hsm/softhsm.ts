import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Debian's software token: a real PKCS#11 module with no hardware behind it. */
export const softHsmModule = '/usr/lib/softhsm/libsofthsm2.so';
export const hasSoftHsm = existsSync(softHsmModule) && existsSync('/usr/bin/softhsm2-util');

export interface SoftToken {
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  readonly pinFile: string;
  readonly folder: string;
  /** What the module reads: `SOFTHSM2_CONF`. */
  readonly environment: { readonly SOFTHSM2_CONF: string };
}

/** A token of its own in a folder of its own. */
export function freshToken(label = 'kyok test'): SoftToken {
  const folder = mkdtempSync(path.join(tmpdir(), 'kyok-token-'));
  const tokens = path.join(folder, 'tokens');
  mkdirSync(tokens);
  const conf = path.join(folder, 'softhsm2.conf');
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n`);
  const pin = 'correct-horse-47';
  const pinFile = path.join(folder, 'pin');
  writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
  const environment = { SOFTHSM2_CONF: conf };
  execFileSync('/usr/bin/softhsm2-util', ['--init-token', '--free', '--label', label, '--so-pin', 'security-officer', '--pin', pin], {
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  return { module: softHsmModule, label, pin, pinFile, folder, environment };
}
