/** A disk that can be filled: a small file system in memory where one may be mounted, else a bound on the size of files. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const megabyte = 1024 * 1024;
const diskMegabytes = 64;

/** A folder of its own, for data. */
export interface DataDisk {
  readonly folder: string;
  /** How `fill` works here; `null` when this machine offers no way. */
  readonly filledBy: 'tmpfs' | 'prlimit' | null;
  /** From now on nothing more fits than about `spareBytes`. `pid` is the process that writes. */
  fill(pid: number, spareBytes: number): void;
  /** There is room again; `null` when the process that wrote is gone. */
  empty(pid: number | null): void;
  remove(): void;
}

function works(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A folder on a small disk where `isSmall` and mounting is permitted, else an ordinary one. */
export function dataDisk(isSmall: boolean): DataDisk {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-killed-'));
  const isMounted = isSmall && works('mount', '-t', 'tmpfs', '-o', `size=${diskMegabytes}m,mode=0700`, 'kyok-killed', folder);
  return isMounted ? tmpfsDisk(folder) : ordinaryDisk(folder);
}

function tmpfsDisk(folder: string): DataDisk {
  const ballast = join(folder, 'ballast');
  const unmount = () => void works('umount', '-l', folder);
  process.once('exit', unmount);
  return {
    folder,
    filledBy: 'tmpfs',
    fill: (_pid, spareBytes) => {
      const { bavail, bsize } = statfsSync(folder);
      const file = openSync(ballast, 'w');
      const block = Buffer.alloc(megabyte);
      try {
        for (let left = bavail * bsize - spareBytes; left > 0; left -= megabyte) writeSync(file, block, 0, Math.min(left, megabyte));
      } catch (error) {
        // The server wrote at the same time: then it is full all the sooner.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    remove: () => {
      process.off('exit', unmount);
      unmount();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ordinaryDisk(folder: string): DataDisk {
  const canLimit = process.platform === 'linux' && works('prlimit', '--version');
  const limit = (pid: number, bytes: string) => execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
  return {
    folder,
    filledBy: canLimit ? 'prlimit' : null,
    // No file may grow beyond this; the database's journal soon wants to.
    fill: (pid, spareBytes) => void limit(pid, String(spareBytes)),
    empty: (pid) => {
      if (pid !== null) limit(pid, 'unlimited');
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
