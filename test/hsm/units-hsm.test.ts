import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hsmConformance } from './conformance.js';
import { masterKeyConformance } from './master-key-conformance.js';
import { memoryConformance, memoryFileConformance } from './memory-conformance.js';
import { freshFolder, startedUnits } from './started-units.js';

hsmConformance('unitsHsm', async () => startedUnits({ dataDir: await freshFolder(), units: 2, autoInitialise: true }));

let dataDir = '';
masterKeyConformance(
  'unitsHsm',
  async () => {
    dataDir = await freshFolder();
    return startedUnits({ dataDir, units: 2 });
  },
  () => startedUnits({ dataDir, units: 2 }),
);

const deviceKey = { command: `echo ${'ab'.repeat(32)}` };
const startInitialised = async () => {
  dataDir = await freshFolder();
  return startedUnits({ dataDir, units: 2, autoInitialise: true, deviceKey });
};
const startAgain = () => startedUnits({ dataDir, units: 2, deviceKey });
const stateFile = () => path.join(dataDir, 'hsm', 'sealed-state.json');
memoryConformance('unitsHsm', startInitialised, startAgain);
memoryFileConformance('unitsHsm', startInitialised, startAgain, {
  read: async () => JSON.parse(await readFile(stateFile(), 'utf8')) as Record<string, unknown>,
  write: (fields) => writeFile(stateFile(), JSON.stringify(fields)),
});
