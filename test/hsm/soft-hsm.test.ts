import { memoryState } from '../../src/hsm/soft/sealed-state.js';
import { softHsm } from '../../src/hsm/soft/soft-hsm.js';
import { hsmConformance } from './conformance.js';
import { masterKeyConformance } from './master-key-conformance.js';
import { memoryConformance } from './memory-conformance.js';

hsmConformance('softHsm', () => softHsm());

let sealedState = memoryState();
masterKeyConformance(
  'softHsm',
  () => {
    sealedState = memoryState();
    return softHsm({ sealedState, autoInitialise: false });
  },
  () => softHsm({ sealedState, autoInitialise: false }),
);

/** A device key opens the state again without a person. */
const deviceKey = { command: `echo ${'ab'.repeat(32)}` };
memoryConformance(
  'softHsm',
  () => {
    sealedState = memoryState();
    return softHsm({ sealedState, deviceKey });
  },
  () => softHsm({ sealedState, deviceKey }),
);
