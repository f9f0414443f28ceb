/** A bare limit, measured in a process of its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs `limits/<name>.mjs`, which answers one message.
 * @param {string} name @param {readonly string[]} [args]
 * @returns {Promise<{ count: number, seconds: number, cpuSeconds: number }>}
 */
export async function limit(name, args = []) {
  const child = fork(fileURLToPath(new URL(`./${name}.mjs`, import.meta.url)), args);
  return await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
}

/** For the limit's own process: does the work until it is over, and tells. @param {() => Promise<number>} work answers how many it did */
export async function tell(work) {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const count = await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  process.send({ count, seconds, cpuSeconds: (user + system) / 1e6 }, () => process.disconnect());
}
