/** S1: every operation, asked for by every role, in its own vault and in a foreign one. Generated from the registry. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import type { ManagedKey } from '../../src/domain/managed-key.js';
import { actionsFor, builtInRoles } from '../../src/domain/permissions.js';
import type { Call } from '../../src/services/call.js';
import { operations } from '../../src/services/operations.js';
import { perform } from '../../src/services/perform.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';
import { accessSamples, type VaultWorld, vaultWorld } from './access-samples.js';

const roleIds = Object.keys(builtInRoles) as (keyof typeof builtInRoles)[];

let test: TestEstate;
let own: VaultWorld;
let foreign: VaultWorld;
const calls = new Map<string, Call>();

beforeAll(async () => {
  test = await testEstate();
  own = await vaultWorld(test, 'Own');
  foreign = await vaultWorld(test, 'Foreign');
  for (const roleId of roleIds) calls.set(roleId, await test.callOf([roleId], { kind: 'VAULT', id: own.vault.id }));
  calls.set('nobody', await test.callOf([]));
});
afterAll(async () => await test.close());

/** `ALLOWED` also when the operation then fails for another reason: authorisation let it pass. */
async function ask(roleId: string, name: string, world: VaultWorld): Promise<{ verdict: 'ALLOWED' | 'FORBIDDEN'; output: unknown }> {
  const operation = operations.find((candidate) => candidate.name === name);
  const sample = accessSamples[name];
  if (!operation || !sample) throw new Error(`${name} has no sample in access-samples.ts`);
  const call = calls.get(roleId);
  if (!call) throw new Error(roleId);
  try {
    return { verdict: 'ALLOWED', output: await perform(test.estate, call, operation, sample.input(world), { dryRun: true }) };
  } catch (error) {
    if (!(error instanceof EstateError)) throw error;
    expect(error.code, `${name} was refused for a wrong sample`).not.toBe('INPUT_INVALID');
    return { verdict: error.code === 'FORBIDDEN' ? 'FORBIDDEN' : 'ALLOWED', output: undefined };
  }
}

function expected(roleId: keyof typeof builtInRoles, name: string): 'ALLOWED' | 'FORBIDDEN' {
  const sample = accessSamples[name];
  if (sample?.happens === 'ON_INSTANCE') return 'FORBIDDEN';
  const held: readonly string[] = builtInRoles[roleId].actions;
  const state = sample?.key?.(own).state;
  return actionsFor(name, state).every((action) => held.includes(action)) ? 'ALLOWED' : 'FORBIDDEN';
}

describe('S1: the access matrix', () => {
  it('has a sample of every operation', () => {
    expect(Object.keys(accessSamples).sort()).toEqual(operations.map(({ name }) => name).sort());
  });

  describe.each(operations.map(({ name }) => name))('%s', (name) => {
    it.each(roleIds)('%s of the vault: as the role matrix says', async (roleId) => {
      expect((await ask(roleId, name, own)).verdict).toBe(expected(roleId, name));
    });

    it.each(roleIds)('%s of another vault: denied, or shown nothing of this one', async (roleId) => {
      const { verdict, output } = await ask(roleId, name, foreign);
      if (accessSamples[name]?.happens !== 'ANYWHERE') return expect(verdict).toBe('FORBIDDEN');
      expect(JSON.stringify(output) ?? '').not.toContain(foreign.vault.id);
    });

    it('nobody: denied', async () => {
      expect((await ask('nobody', name, own)).verdict).toBe('FORBIDDEN');
    });
  });

  it('answers for a key that is not there as for a foreign one', async () => {
    const absent: ManagedKey = { ...foreign.keys.ACTIVE, id: '00000000-0000-4000-8000-00000000dead' };
    for (const name of operations.map((operation) => operation.name).filter((candidate) => accessSamples[candidate]?.key)) {
      const world = {
        ...foreign,
        keys: { ...foreign.keys, PRE_ACTIVATION: absent, ACTIVE: absent, DEACTIVATED: absent, DESTROYED: absent },
      };
      expect((await ask('VaultAdministrator', name, world)).verdict, name).toBe('FORBIDDEN');
    }
  });
});
