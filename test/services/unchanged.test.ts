/** S6: revisions count changes. An update that changes nothing stales nobody's revision. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPrincipal } from '../../src/services/iam/create-principal.js';
import { createRole } from '../../src/services/iam/create-role.js';
import { updatePrincipal } from '../../src/services/iam/update-principal.js';
import { updateRole } from '../../src/services/iam/update-role.js';
import { updateKeystore } from '../../src/services/keystores/update.js';
import { updateManagedKey } from '../../src/services/managed-keys/update.js';
import type { Operation } from '../../src/services/operation.js';
import { updateKeyTemplate } from '../../src/services/templates/update.js';
import { updateVault } from '../../src/services/vaults/update.js';
import { type KeyEstate, keyEstate, ringTarget } from './managed-keys/key-estate.js';

let at: KeyEstate;
beforeEach(async () => {
  at = await keyEstate();
});
afterEach(async () => {
  await at.close();
});

interface Revised {
  readonly id: string;
  readonly revision: number;
}
interface Sample {
  readonly update: Operation<never, Revised>;
  readonly id: string;
  /** Values that the entity already has once they were given. */
  readonly same: object;
}

const samples: Record<string, () => Promise<Sample>> = {
  vault: async () => ({ update: updateVault, id: at.vaultId, same: { name: 'payments', recoveryKeyLabel: null } }),
  keystore: async () => ({
    update: updateKeystore,
    id: at.ring.id,
    same: { name: 'ring', groups: ['ring'], tlsProxy: null, connection: {} },
  }),
  'key template': async () => ({
    update: updateKeyTemplate,
    id: at.template.id,
    same: { name: 'plain', key: { size: '256' }, targets: [ringTarget] },
  }),
  'managed key': async () => {
    const { id } = await at.make({ label: 'one', tags: [{ name: 'team', value: 'cards' }] });
    const same = { label: 'one', tags: [{ name: 'team', value: 'cards' }], rotationPolicy: { intervalDays: 365 }, destructionDate: null };
    return { update: updateManagedKey, id, same };
  },
  principal: async () => ({
    update: updatePrincipal,
    id: (await at.run(createPrincipal, { kind: 'USER', name: 'ann' })).id,
    same: { name: 'ann' },
  }),
  role: async () => ({
    update: updateRole,
    id: (await at.run(createRole, { name: 'looker', actions: ['vaults.read'] })).id,
    same: { name: 'looker', actions: ['vaults.read'] },
  }),
};

test.each(Object.entries(samples))(
  'a %s keeps revision, time and author when nothing differs, and the update is audited',
  async (_noun, sample) => {
    const { update, id, same } = await sample();
    const run = async (fields: object): Promise<Revised> =>
      await at.run(update as unknown as Operation<unknown, Revised>, { id, ...fields });
    const before = await run({ description: 'first', ...same });
    at.clock.advance(60);
    const events = (await at.audit()).length;
    expect(await run({ description: 'first', ...same })).toEqual(before);
    expect(await run({})).toEqual(before);
    expect(await at.audit()).toHaveLength(events + 2);
    expect(await run({ ...same, description: 'second', revision: before.revision })).toMatchObject({
      revision: before.revision + 1,
      updatedAt: at.clock.now(),
    });
    await expect(run({ ...same, revision: before.revision })).rejects.toMatchObject({ code: 'STALE_VERSION' });
  },
);
