import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'vite';

let entry: Promise<string> | undefined;

/** Path of a crypto unit's program, compiled from the sources as they are now; once per test file. */
export function compiledUnit(): Promise<string> {
  entry ??= compile();
  return entry;
}

async function compile(): Promise<string> {
  const outDir = await mkdtemp(path.join(tmpdir(), 'kyok-unit-'));
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: 'src/hsm/units/unit-main.ts',
      outDir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'unit-main.mjs' } },
    },
  });
  // A module for a PKCS#11 token is loaded by name, when there is one.
  await symlink(path.resolve('node_modules'), path.join(outDir, 'node_modules'));
  return path.join(outDir, 'unit-main.mjs');
}
