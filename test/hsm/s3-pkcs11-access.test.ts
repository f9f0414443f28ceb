/** S3: who may do what does not depend on the HSM behind it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import { builtInRoles } from '../../src/domain/permissions.js';
import type { Hsm } from '../../src/hsm/contract.js';
import { softHsm } from '../../src/hsm/soft/soft-hsm.js';
import { operations } from '../../src/services/operations.js';
import { perform } from '../../src/services/perform.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';
import { describeWith } from '../programs.js';
import { accessSamples, type VaultWorld, vaultWorld } from '../services/access-samples.js';
import { freshToken, hasSoftHsm } from './softhsm.js';
import { freshFolder, startedUnits } from './started-units.js';

const roleIds = Object.keys(builtInRoles) as (keyof typeof builtInRoles)[];
/** Every operation that may reach the HSM, by its name. */
const ofTheHsm = operations.filter(({ name }) => /[Kk]ey|[Hh]sm|encrypt|decrypt|sign|verify|Mac|Random|Checkpoint/.test(name));

interface World {
  readonly test: TestEstate;
  readonly own: VaultWorld;
  readonly foreign: VaultWorld;
}

async function worldOf(hsm: Hsm): Promise<World> {
  const test = await testEstate({ hsm });
  return { test, own: await vaultWorld(test, 'Own'), foreign: await vaultWorld(test, 'Foreign') };
}

/** `FORBIDDEN`, or that authorisation let it pass, for each operation and vault. */
async function verdictsOf({ test, own, foreign }: World, roles: readonly string[]): Promise<Record<string, string>> {
  const call = await test.callOf([...roles] as never, { kind: 'VAULT', id: own.vault.id });
  const verdicts: Record<string, string> = {};
  for (const operation of ofTheHsm) {
    for (const [where, world] of Object.entries({ own, foreign })) {
      const input = accessSamples[operation.name]?.input(world);
      verdicts[`${operation.name} ${where}`] = await perform(test.estate, call, operation, input, { dryRun: true }).then(
        () => 'ALLOWED',
        (error: unknown) => (error instanceof EstateError && error.code === 'FORBIDDEN' ? 'FORBIDDEN' : 'ALLOWED'),
      );
    }
  }
  return verdicts;
}

describeWith('softhsm2', hasSoftHsm, 'S3: access with a PKCS#11 token', () => {
  let onToken: World;
  let soft: World;
  beforeAll(async () => {
    const token = freshToken();
    onToken = await worldOf(await startedUnits({ dataDir: await freshFolder(), units: 1, autoInitialise: true, token }));
    soft = await worldOf(await softHsm());
  }, 60_000);
  afterAll(async () => {
    await onToken?.test.close();
    await soft?.test.close();
  });

  const callers = [...roleIds.map((role) => ({ who: role, roles: [role] })), { who: 'nobody', roles: [] }];
  it.each(callers)(
    '$who: the same as with the soft HSM',
    async ({ roles }) => {
      const verdicts = await verdictsOf(onToken, roles);
      expect(verdicts).toEqual(await verdictsOf(soft, roles));
      expect(Object.values(verdicts)).toContain('FORBIDDEN');
    },
    60_000,
  );
});
