import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Check, type Finding, ok, problem } from './check.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const compilerPrograms = ['python3', 'make', 'g++'];

/** The embedded database: a prebuilt file, or one that was compiled here. */
export const sqlite: Check = { name: 'sqlite3', run: () => loaded('sqlite3') };

/** The way to a PKCS#11 module; only those who use one need it. */
export const pkcs11: Check = {
  name: 'pkcs11js',
  run: ({ env }) => {
    const finding = loaded('pkcs11js');
    return finding.verdict === 'OK' || env.KYOK_HSM === 'pkcs11' ? finding : ok('not there; only KYOK_HSM=pkcs11 needs it');
  },
};

/** Loads a native module in a process of its own, which it may crash. */
function loaded(name: string): Finding {
  const { status, stderr } = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', name], { cwd: root, encoding: 'utf8' });
  if (status === 0) return ok('loads');
  const missing = compilerPrograms.filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error);
  const reason = /^(?:\w*Error: )(.+)$/m.exec(stderr)?.[1] ?? `ended with ${status}`;
  const advice =
    missing.length > 0
      ? `Install ${missing.join(', ')} (Debian: apt-get install ${missing.join(' ')}), then run "npm rebuild ${name}".`
      : `Run "npm rebuild ${name}"; the compiler it needs is here.`;
  return problem(`does not load: ${reason}`, advice);
}
