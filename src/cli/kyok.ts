#!/usr/bin/env node
/** The `kyok` command. */
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
    const { serve } = await import('./serve.js');
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
