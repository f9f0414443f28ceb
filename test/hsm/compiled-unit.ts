import { compiled } from '../compiled.js';

/** Path of a crypto unit's program; a module for a PKCS#11 token is loaded by name, when there is one. */
export const compiledUnit = compiled('src/hsm/units/unit-main.ts', { bundlesPackages: true });
