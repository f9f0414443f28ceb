// Runs a TypeScript module in a process of its own: node run-typescript.mjs <module> [argument…]
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = { middlewareMode: true, hmr: false, ws: false, watch: null };
const vite = await createServer({
  root,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  server,
});
await vite.ssrLoadModule(resolve(process.argv[2]));
