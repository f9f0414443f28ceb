import { connect } from 'node:net';
import { type Check, type Finding, ok, problem } from './check.js';

const patienceMs = 3000;
const postgresPort = 5432;

/** Whether PostgreSQL can be reached, where it is asked for. */
export const database: Check = {
  name: 'database',
  run: async ({ databaseUrl, dataDir }) => {
    if (databaseUrl === undefined) return ok(`sqlite in ${dataDir}`);
    // The URL's user and password are told to nobody.
    const { hostname, port } = new URL(databaseUrl);
    return await reached(hostname.replace(/^\[|\]$/g, '') || 'localhost', Number(port) || postgresPort);
  },
};

function reached(host: string, port: number): Promise<Finding> {
  const place = `PostgreSQL at ${host}:${port}`;
  const advice = 'Start it, or correct KYOK_DATABASE_URL.';
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patienceMs });
    const end = (finding: Finding) => {
      socket.destroy();
      resolve(finding);
    };
    socket.once('connect', () => end(ok(`${place} answers`)));
    socket.once('timeout', () => end(problem(`${place} does not answer`, advice)));
    socket.once('error', (error: NodeJS.ErrnoException) => end(problem(`${place}: ${error.code ?? error.message}`, advice)));
  });
}
