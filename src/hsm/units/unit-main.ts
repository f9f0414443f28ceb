/** The process of one crypto unit. It speaks on file descriptor 3 and ends when that does. */
import inspector from 'node:inspector';
import { Socket } from 'node:net';
import type { Engine, EngineKind } from '../engine.js';
import { serveUnit } from './serve-unit.js';

// A listener takes SIGUSR1 away from Node, which would open its inspector: a door to the master key.
process.on('SIGUSR1', () => undefined);
// A Ctrl-C at the terminal reaches every process; the server ends its units itself, once it has no more use for them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('uncaughtException', (error) => {
  process.stderr.write(`crypto unit failed: ${error.name}\n`);
  process.exit(1);
});

/** A unit whose token is gone has lost its login and its objects: it ends, and comes back once the token is there. */
const tokenLostExitCode = 3;
/** Long enough for the answer that tells of it. */
const lastWordsMilliseconds = 100;

/** Each kind is loaded by the units that host it only: a PKCS#11 module needs a package that may not be installed. */
const engines: Readonly<Record<EngineKind, () => Promise<Engine>>> = {
  soft: async () => (await import('../soft/engine.js')).softEngine(),
  pkcs11: async () =>
    (await import('../pkcs11/engine.js')).pkcs11Engine({
      onTokenLost: () => setTimeout(() => process.exit(tokenLostExitCode), lastWordsMilliseconds),
    }),
};

const engine = await engines[process.argv[2] === 'pkcs11' ? 'pkcs11' : 'soft']();
serveUnit(
  {
    ...engine,
    start(input) {
      // The signal may have come before its listener did: no key enters a process that can be inspected.
      if (inspector.url() !== undefined) process.exit(1);
      return engine.start(input);
    },
  },
  new Socket({ fd: 3, readable: true, writable: true }),
  () => process.exit(0),
);
