/** What processes use, out of /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** The process and all below it. @param {number} root @returns {number[]} */
export function processTree(root) {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const fields = statOf(Number(name));
        return fields ? [[Number(name), Number(fields[1])]] : [];
      }),
  );
  const below = (id) => [id, ...[...parents].filter(([, parent]) => parent === id).flatMap(([child]) => below(child))];
  return below(root);
}

/** CPU-seconds that the processes have used so far, in user and kernel mode. @param {readonly number[]} ids */
export function cpuSeconds(ids) {
  return ids.reduce((sum, id) => {
    const fields = statOf(id);
    return sum + (fields ? (Number(fields[11]) + Number(fields[12])) / ticksPerSecond : 0);
  }, 0);
}

/** Resident memory of the processes in MiB; what they share is counted for each. @param {readonly number[]} ids */
export function residentMebibytes(ids) {
  return ids.reduce((sum, id) => sum + Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1024, 0);
}

/** The fields of /proc/<id>/stat after the name, from the state on; nothing for a process that is gone. */
function statOf(id) {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
