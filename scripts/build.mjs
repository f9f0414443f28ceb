// Builds what `npm start` and `npm test` need, and only what is stale: the server and CLI by tsc, the server once more in one file and GraphiQL by vite.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Newest change below a path, in milliseconds. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join('node_modules', command), ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} failed`))));
  });
}

const targets = [
  {
    inputs: ['src', 'tsconfig.json', 'tsconfig.build.json', 'vite.server.config.js', 'package-lock.json'],
    output: 'dist/server/serve.mjs',
    build: async () => {
      await run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
      await run('vite/bin/vite.js', ['build', '--config', 'vite.server.config.js']);
    },
  },
  {
    inputs: ['graphiql', 'package-lock.json'],
    output: 'dist/graphiql/index.html',
    build: () => run('vite/bin/vite.js', ['build', '--logLevel', 'error', 'graphiql']),
  },
];

const stale = targets.filter(({ inputs, output }) => !existsSync(output) || Math.max(...inputs.map(newest)) > statSync(output).mtimeMs);
if (stale.length > 0) {
  const started = Date.now();
  process.stderr.write(`kyok: building ${stale.map(({ output }) => output.split('/').slice(0, 2).join('/')).join(', ')} …\n`);
  const results = await Promise.allSettled(stale.map(({ build }) => build()));
  const failed = results.filter(({ status }) => status === 'rejected');
  for (const { reason } of failed) process.stderr.write(`kyok: ${reason.message}\n`);
  if (failed.length > 0) process.exit(1);
  process.stderr.write(`kyok: built in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
