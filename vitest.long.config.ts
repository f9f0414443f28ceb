import { defineConfig } from 'vitest/config';
import short from './vitest.config.js';

/** What takes minutes, one file after the other: `npm run test:long`. */
export default defineConfig({
  ...short,
  test: { ...short.test, include: ['test/**/*.long.ts'], fileParallelism: false },
});
