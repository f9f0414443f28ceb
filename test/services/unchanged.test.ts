/** S6: revisions count changes. An update that changes nothing stales nobody's revision. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPrincipal } from '../../src/services/iam/create-principal.js';
import { createRole } from '../../src/services/iam/create-role.js';
import { updatePrincipal } from '../../src/services/iam/update-principal.js';
import { updateRole } from '../../src/services/iam/update-role.js';
import { updateKeystore } from '../../src/services/keystores/update.js';
import { updateManagedKey } from '../../src/services/managed-keys/update.js';
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
  update(fields: object): Promise<Revised>;
  /** Values that the entity already has once they were given. */
  readonly same: object;
}

const samples: Record<string, () => Promise<Sample>> = {
  vault: async () => ({
    update: (fields) => at.run(updateVault, { id: at.vaultId, ...fields }),
    same: { name: 'payments', recoveryKeyLabel: null },
  }),
  keystore: async () => ({
    update: (fields) => at.run(updateKeystore, { id: at.ring.id, ...fields }),
    same: { name: 'ring', groups: ['ring'], tlsProxy: null, connection: {} },
  }),
  'key template': async () => ({
    update: (fields) => at.run(updateKeyTemplate, { id: at.template.id, ...fields }),
    same: { name: 'plain', key: { size: '256' }, targets: [ringTarget] },
  }),
  'managed key': async () => {
    const { id } = await at.make({ label: 'one', tags: [{ name: 'team', value: 'cards' }] });
    const update = (fields: object) => at.run(updateManagedKey, { id, ...fields });
    const same = { label: 'one', tags: [{ name: 'team', value: 'cards' }], rotationPolicy: { intervalDays: 365 }, destructionDate: null };
    return { update, same };
  },
  principal: async () => {
    const { id } = await at.run(createPrincipal, { kind: 'USER', name: 'ann' });
    return { update: (fields) => at.run(updatePrincipal, { id, ...fields }), same: { name: 'ann' } };
  },
  role: async () => {
    const { id } = await at.run(createRole, { name: 'looker', actions: ['vaults.read'] });
    return { update: (fields) => at.run(updateRole, { id, ...fields }), same: { name: 'looker', actions: ['vaults.read'] } };
  },
};

test.each(Object.entries(samples))(
  'a %s keeps revision, time and author when nothing differs, and the update is audited',
  async (_noun, sample) => {
    const { update: run, same } = await sample();
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
