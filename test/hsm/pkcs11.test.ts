import { keyCapability } from '../../src/hsm/capabilities.js';
import type { Hsm } from '../../src/hsm/contract.js';
import { describeWith } from '../programs.js';
import { hsmConformance } from './conformance.js';
import { memoryConformance } from './memory-conformance.js';
import { freshToken, hasSoftHsm } from './softhsm.js';
import { freshFolder, startedUnits } from './started-units.js';
import { vectorConformance } from './vector-conformance.js';

let dataDir = '';
let token = hasSoftHsm ? freshToken() : null;
const restart = () => startedUnits({ dataDir, units: 2, autoInitialise: true, token });
const start = async (): Promise<Hsm> => {
  dataDir = await freshFolder();
  token = freshToken();
  return restart();
};

/** Asked of the module before the tests are named: what it cannot do is skipped by name. */
const capabilities =
  token &&
  (await startedUnits({ dataDir: await freshFolder(), units: 1, token }).then(async (hsm) => {
    await hsm.close();
    return hsm.capabilities;
  }));

describeWith('softhsm2', hasSoftHsm, 'PKCS#11 on softhsm2', () => {
  if (!capabilities) return;
  hsmConformance('a token', start, capabilities);
  memoryConformance('a token', start, restart);
  vectorConformance('a token', start, {
    supports: (spec, mechanism, use) =>
      keyCapability(capabilities, spec)?.uses.some(
        (able) => able.mechanism === mechanism && (use !== 'unwrap' || able.purposes.some((purpose) => purpose.endsWith('WRAPPING'))),
      ) ?? false,
    admits: (spec) => keyCapability(capabilities, spec)?.isImportable ?? false,
  });
});
