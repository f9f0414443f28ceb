#!/usr/bin/env node
/** The `kyok` command. */
import { statSync } from 'node:fs';
import { exitCodes } from './exit-codes.js';
import { processIo } from './io.js';
import { runKyok } from './run.js';

const stopAtOnce = () => process.exit(exitCodes.INTERRUPTED.code);
process.on('SIGINT', stopAtOnce);

process.exitCode = await runKyok(process.argv.slice(2), processIo(), {
  serve: async () => {
    // The server stops in its own good order.
    process.off('SIGINT', stopAtOnce);
    // graphql-js would ask every value which copy of itself made it, and developers' warnings are for developers of kyok.
    process.env['NODE_ENV'] ??= 'production';
    const { serve } = await serverProgram();
    await serve();
  },
  resetAdministrator: async () => {
    const { resetAdministrator } = await import('./admin.js');
    return await resetAdministrator();
  },
  examine: async () => {
    const { examine } = await import('./doctor.js');
    return await examine(process.env);
  },
});

/** The server in one file, which starts in half the time, where it was built after all that it is made of; or else its modules. */
async function serverProgram(): Promise<typeof import('./serve.js')> {
  const inOne = new URL('../server/serve.mjs', import.meta.url);
  const compiled = new URL('../server.tsbuildinfo', import.meta.url);
  const builtAt = (file: URL) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return builtAt(inOne) >= builtAt(compiled) ? ((await import(inOne.href)) as typeof import('./serve.js')) : await import('./serve.js');
}
