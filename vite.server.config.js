// The server in one file: of a start from modules Node spends most on finding, opening and linking some 1,500 of them.
// Packages with compiled parts, or for some servers only, stay what they are; so do the crypto units, which load little.
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('./dist/', import.meta.url));
const outDir = `${dist}server`;
/** The command knows failures by their classes, of which there must be one each. */
const shared = ['cli/failure.js', 'domain/errors.js'].map((file) => `${dist}${file}`);

export default {
  logLevel: 'error',
  plugins: [
    {
      name: 'shared-with-the-command',
      enforce: 'pre',
      resolveId: (source, importer) => {
        const file = importer && source.startsWith('.') ? resolve(dirname(importer), source) : '';
        return shared.includes(file) ? { id: relative(outDir, file), external: true } : undefined;
      },
    },
    {
      name: 'places-of-modules',
      // A module finds files from where it was compiled to, wherever its code is put.
      transform: (code, id) =>
        id.startsWith(dist)
          ? code.replaceAll('import.meta.url', `new URL(${JSON.stringify(relative(outDir, id))}, import.meta.url).href`)
          : undefined,
    },
  ],
  // The entries that Node itself would take: of graphql there must be one copy.
  resolve: { mainFields: ['main'] },
  ssr: { target: 'node', noExternal: true, external: ['sqlite3', 'pg', 'pkcs11js'] },
  define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
  build: {
    ssr: `${dist}cli/serve.js`,
    outDir,
    // A server that runs may still load a part of itself.
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    rolldownOptions: { output: { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs', keepNames: true } },
  },
};
