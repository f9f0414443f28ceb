import { createServer } from 'node:net';
import { answering } from './answering.js';
import { type Check, type Finding, ok, problem } from './check.js';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not open that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is not known',
};

/** Whether the address of the listener is free, or kyok answers there already. */
export const listener: Check = {
  name: 'listener',
  run: async ({ listen: { host, port }, endpoint }) => {
    const address = `${host}:${port}`;
    const code = await bindingFailure(host, port);
    if (code === undefined) return ok(`${address} is free`);
    if (code !== 'EADDRINUSE') return problem(`${address}: ${reasons[code] ?? code}`, 'Name another address with KYOK_LISTEN.');
    return await taken(address, endpoint);
  },
};

async function taken(address: string, endpoint: string): Promise<Finding> {
  const answer = await answering(endpoint);
  if (answer?.isKyok) return ok(`a kyok server answers at ${address}`);
  return problem(`another program has ${address}`, 'Stop it, or name another address with KYOK_LISTEN (clients: KYOK_ENDPOINT).');
}

function bindingFailure(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
