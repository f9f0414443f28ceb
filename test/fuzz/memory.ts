import { readFileSync } from 'node:fs';

/** Resident memory of a process, in MB; 0 where the system does not tell. */
export function residentMegabytes(processId: number | undefined): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}
