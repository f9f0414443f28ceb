/** Writes what the outside may rely on to `schema/`; with `--check` it only says whether what is there is stale. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printedSchema } from '../faces/graphql/schema.js';
import { keystoreTypeDescriptors } from '../keystores/index.js';
import { errorsDocument } from './errors-document.js';
import { keystoreTypesDocument } from './keystore-types-document.js';

/** File name -> content, as the code has it now. */
export function schemaFiles(): Readonly<Record<string, string>> {
  const descriptors = keystoreTypeDescriptors();
  return {
    'schema.graphql': printedSchema(descriptors),
    'errors.md': errorsDocument(),
    'keystore-types.json': keystoreTypesDocument(descriptors),
  };
}

/** Names of files that are not as the code has them. */
export function staleFiles(folder: string): string[] {
  return Object.entries(schemaFiles())
    .filter(([name, content]) => contentOf(join(folder, name)) !== content)
    .map(([name]) => name);
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function main(): void {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../schema');
  if (process.argv.includes('--check')) {
    const stale = staleFiles(folder);
    for (const name of stale) process.stderr.write(`schema/${name} is stale: npm run schema\n`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(schemaFiles())) writeFileSync(join(folder, name), content);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
