import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Check, ok, problem, warning } from './check.js';

const leastFreeBytes = 200_000_000;

/** Whether the server may write where it is to write, and nobody else reads there. */
export const dataFolder: Check = {
  name: 'data folder',
  run: ({ dataDir }) => {
    const folder = existing(dataDir);
    if (!statSync(folder).isDirectory()) return problem(`${folder} is not a folder`, 'Name another one with KYOK_DATA_DIR.');
    try {
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return problem(
        `this user may not write to ${folder}`,
        'Give it to the user who runs the server, or name another one with KYOK_DATA_DIR.',
      );
    }
    if (folder !== dataDir) return ok(`${dataDir} is not there yet and can be made`);
    const mode = statSync(folder).mode & 0o777;
    if ((mode & 0o077) !== 0) return warning(`others can look into ${dataDir} (mode ${mode.toString(8)})`, `chmod 700 ${dataDir}`);
    return ok(dataDir);
  },
};

/** Whether the disk of the data folder has room to grow. */
export const diskSpace: Check = {
  name: 'disk space',
  run: ({ dataDir }) => {
    const { bavail, bsize } = statfsSync(existing(dataDir));
    const free = bavail * bsize;
    const found = `${Math.floor(free / 1_000_000)} MB free`;
    if (free >= leastFreeBytes) return ok(found);
    return warning(found, 'On a full disk every operation is refused, since its audit event cannot be written: make room.');
  },
};

/** The path itself or the nearest folder above it that is there. */
function existing(path: string): string {
  return existsSync(path) ? path : existing(dirname(path));
}
