import { hsmConformance } from './conformance.js';
import { masterKeyConformance } from './master-key-conformance.js';
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
