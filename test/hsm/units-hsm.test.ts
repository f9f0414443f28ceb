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
const startInitialised = (units: number) => async () => {
  dataDir = await freshFolder();
  return startedUnits({ dataDir, units, autoInitialise: true, deviceKey });
};
const startAgain = (units: number) => () => startedUnits({ dataDir, units, deviceKey });
const stateFile = () => path.join(dataDir, 'hsm', 'sealed-state.json');
memoryConformance('unitsHsm', startInitialised(2), startAgain(2));
// Every unit opens the same sealed state: one shows what two would, and costs half.
memoryFileConformance('unitsHsm', startInitialised(1), startAgain(1), {
  read: async () => JSON.parse(await readFile(stateFile(), 'utf8')) as Record<string, unknown>,
  write: (fields) => writeFile(stateFile(), JSON.stringify(fields)),
});
