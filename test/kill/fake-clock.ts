/** A wall clock that jumps, by libfaketime (Debian package `faketime`); waits, which count monotonic time, stay real. */
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['/usr/lib', '/usr/local/lib'];

/** libfaketime on this machine. */
export const faketimeLibrary: string | undefined = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
  .map((folder) => join(folder, 'faketime', 'libfaketime.so.1'))
  .find((file) => existsSync(file));

/** The clock of a server. */
export interface FakeClock {
  /** What the server's environment needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Seconds between the real time and what the server sees, from now on. */
  set(offsetSeconds: number): void;
  offsetSeconds(): number;
}

/** A clock that reads its offset from a file in this folder, at every look. */
export function fakeClock(library: string, folder: string): FakeClock {
  const file = join(folder, 'clock');
  let offset = 0;
  const set = (seconds: number) => {
    offset = seconds;
    // A clock that reads half a file would stand somewhere else.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s\n`);
    renameSync(`${file}.new`, file);
  };
  set(0);
  return {
    env: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
    set,
    offsetSeconds: () => offset,
  };
}
