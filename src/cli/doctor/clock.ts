import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answering } from './answering.js';
import { type Check, ok, problem, warning } from './check.js';

const toleranceMs = 60_000;
const ownProgram = fileURLToPath(import.meta.url);

/** Whether the clock can be right: dates of keys, credentials and audit events hang on it. */
export const clock: Check = {
  name: 'clock',
  run: async ({ dataDir, endpoint }) => {
    const now = Date.now();
    const found = new Date(now).toISOString();
    const latest = Math.max(
      statSync(ownProgram).mtimeMs,
      ...filesOf(dataDir).map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0),
    );
    if (latest > now + toleranceMs)
      return problem(
        `${found}, yet files here are from ${new Date(latest).toISOString()}`,
        'The clock went back: set it, then start the server.',
      );
    const there = (await answering(endpoint))?.time;
    if (there !== undefined && Math.abs(there - now) > toleranceMs)
      return problem(`${found}, and ${new Date(there).toISOString()} at ${endpoint}`, 'Set the clock that is wrong.');
    if (synchronised() === 'no') return warning(`${found}, not synchronised`, 'Keep it right with NTP (systemd-timesyncd, chrony).');
    return ok(found);
  },
};

function filesOf(folder: string): string[] {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** What systemd knows of it; nothing where there is no systemd. */
function synchronised(): string {
  const { stdout } = spawnSync('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { encoding: 'utf8', timeout: 3000 });
  return stdout?.trim() ?? '';
}
