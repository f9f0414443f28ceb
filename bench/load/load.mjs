/** Requests from another process, so that making them costs the server's process nothing. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Job
 * @property {string} endpoint
 * @property {string} token
 * @property {string} query
 * @property {object} variables texts that hold $N get a number that no other request of the process has
 * @property {number} clients connections, each with one request under way
 * @property {number} [seconds] how long
 * @property {number} [requests] or how many
 */
/** @typedef {{ requests: number, seconds: number, p50: number, p99: number }} Load latencies in milliseconds */

/** Runs the work with a load process. @template T @param {(run: (job: Job) => Promise<Load>) => Promise<T>} work */
export async function withLoad(work) {
  const child = fork(fileURLToPath(new URL('./generator.mjs', import.meta.url)));
  const run = (job) =>
    new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the load process ended'));
      child.once('exit', gone);
      child.once('message', (answer) => {
        child.off('exit', gone);
        if (answer.error) reject(new Error(answer.error));
        else resolve(answer);
      });
      child.send(job);
    });
  try {
    return await work(run);
  } finally {
    child.kill();
  }
}

/** A load and what it cost all processes of the server. @param {import('../server.mjs').Server} server @param {Job} job */
export async function measured(server, run, job) {
  const before = server.cpuSeconds();
  const load = await run({ endpoint: server.endpoint, token: server.token, ...job });
  return { ...load, cpuSeconds: server.cpuSeconds() - before };
}
