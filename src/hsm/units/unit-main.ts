/** The process of one crypto unit. It speaks on file descriptor 3 and ends when that does. */
import inspector from 'node:inspector';
import { Socket } from 'node:net';
import { softEngine } from '../soft/engine.js';
import { serveUnit } from './serve-unit.js';

// A listener takes SIGUSR1 away from Node, which would open its inspector: a door to the master key.
process.on('SIGUSR1', () => undefined);
// A Ctrl-C at the terminal reaches every process; the server ends its units itself, once it has no more use for them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('uncaughtException', (error) => {
  process.stderr.write(`crypto unit failed: ${error.name}\n`);
  process.exit(1);
});

const engine = softEngine();
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
