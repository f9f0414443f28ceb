/** Programs that tests run as processes of their own, on the sources as they are now. */
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'vite';

/** The compiled program's path, of a TypeScript source named from the root of the repository; compiled once per test file. */
export function compiled(source: string, own: { readonly bundlesPackages?: boolean } = {}): () => Promise<string> {
  let entry: Promise<string> | undefined;
  return () => {
    entry ??= compile(source, own.bundlesPackages === true);
    return entry;
  };
}

async function compile(source: string, bundlesPackages: boolean): Promise<string> {
  const outDir = await mkdtemp(path.join(tmpdir(), 'kyok-compiled-'));
  const name = `${path.basename(source, '.ts')}.mjs`;
  await build({
    configFile: false,
    logLevel: 'error',
    ...(bundlesPackages ? { ssr: { noExternal: true } } : {}),
    build: {
      ssr: source,
      outDir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: name } },
    },
  });
  // Packages that are not in it are found where they are.
  await symlink(path.resolve('node_modules'), path.join(outDir, 'node_modules'));
  return path.join(outDir, name);
}
