// Fails when the registry knows of a serious flaw in what a server runs. Where no registry gives advice (no network, or a
// mirror without it) nothing is known: it says so and does not fail, so that a build does not depend on somebody else's host.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const serious = ['high', 'critical'];
const { stdout } = spawnSync('npm', ['audit', '--omit', 'dev', '--json'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  encoding: 'utf8',
  timeout: 120_000,
  maxBuffer: 64 << 20,
});
const counts = countsOf(stdout);
if (!counts) {
  process.stderr.write('dependencies: NOT CHECKED, the registry gives no advice here; run "npm audit" where it does\n');
  process.exit(0);
}
process.stdout.write(
  `dependencies: ${Object.entries(counts)
    .map(([level, count]) => `${count} ${level}`)
    .join(', ')}\n`,
);
process.exit(serious.some((level) => counts[level] > 0) ? 1 : 0);

function countsOf(text) {
  try {
    return JSON.parse(text).metadata?.vulnerabilities;
  } catch {
    return undefined;
  }
}
