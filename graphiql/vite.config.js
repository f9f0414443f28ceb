import { defineConfig } from 'vite';

// Everything comes from this machine: no asset of the page is fetched from elsewhere.
// biome-ignore lint/style/noDefaultExport: vite reads its configuration so
export default defineConfig({
  base: './',
  logLevel: 'error',
  worker: { format: 'es' },
  build: {
    outDir: '../dist/graphiql',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 10_000,
    modulePreload: { polyfill: false },
  },
});
