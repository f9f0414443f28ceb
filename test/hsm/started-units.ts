import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Hsm } from '../../src/hsm/contract.js';
import { type UnitsHsmOptions, unitsHsm } from '../../src/hsm/units/units-hsm.js';
import { compiledUnit } from './compiled-unit.js';

const silent = () => undefined;

export function freshFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'kyok-hsm-'));
}

/** Units on the sources as they are now, with a quiet log. */
export async function startedUnits(options: Omit<UnitsHsmOptions, 'log' | 'unitEntry'> & Partial<UnitsHsmOptions>): Promise<Hsm> {
  return unitsHsm({ unitEntry: await compiledUnit(), log: { info: silent, warn: silent, error: silent }, ...options });
}
