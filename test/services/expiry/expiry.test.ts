import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addDays } from '../../../src/domain/time.js';
import { expiringCounts } from '../../../src/services/expiry/counts.js';
import { expiring } from '../../../src/services/expiry/list.js';
import { expiryWatch } from '../../../src/services/expiry/watch.js';
import { createApiKey } from '../../../src/services/iam/create-api-key.js';
import { revokeApiKey } from '../../../src/services/iam/revoke-api-key.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { updateManagedKey } from '../../../src/services/managed-keys/update.js';
import { createVault } from '../../../src/services/vaults/create.js';
import { testStart } from '../../fakes/estate.js';
import { type KeyWorld, keyWorld, refusalOf } from '../../fakes/key-world.js';

const certificate = { subject: 'CN=keys.example.com', fingerprint: 'ab'.repeat(32), expiresAt: addDays(testStart, 20) };
let at: KeyWorld;
beforeEach(async () => {
  at = await keyWorld({ listenerCertificate: certificate });
});
afterEach(async () => await at.close());

const apiKey = async (name: string, days: number | null) =>
  (
    await at.perform(createApiKey, {
      principalId: at.admin.principal.id,
      name,
      expiresAt: days === null ? null : addDays(testStart, days),
    })
  ).apiKey;
const names = async (input: object = {}, call = at.admin) =>
  (await at.perform(expiring, input, call)).items.map(({ entity }) => entity.name);

describe('what expires soon', () => {
  beforeEach(async () => {
    await at.newKey('AES', '256', { label: 'soon', expirationDate: '2030-01-11' });
    await at.newKey('AES', '256', {
      label: 'ends',
      expirationDate: '2030-01-05',
      lifecyclePolicy: { activateOnDate: false, deactivateOnDate: true, destroyOnDate: false },
    });
    await at.newKey('AES', '256', { label: 'later', expirationDate: '2030-06-01' });
    await at.newKey('AES', '256', { label: 'never' });
    const over = await at.newKey('AES', '256', { label: 'deactivated', expirationDate: '2030-01-11' });
    await at.perform(deactivateManagedKey, { id: over.id });
    await apiKey('short', 7);
    await apiKey('for ever', null);
    const lost = await apiKey('revoked', 3);
    await at.perform(revokeApiKey, { id: lost.id });
  });

  it('is listed in the order of its end, keys, API keys and certificates together', async () => {
    const { items, hasNext } = await at.perform(expiring, {});
    expect(items.map(({ entity }) => entity)).toMatchObject([
      { kind: 'MANAGED_KEY', name: 'ends', expiresAt: '2030-01-06T00:00:00.000Z', ends: true, vaultId: at.vaultId },
      { kind: 'API_KEY', name: 'short', ends: true, vaultId: null },
      { kind: 'MANAGED_KEY', name: 'soon', expiresAt: '2030-01-12T00:00:00.000Z', ends: false },
      { kind: 'TLS_CERTIFICATE', name: 'CN=keys.example.com', id: certificate.fingerprint },
    ]);
    expect(hasNext).toBe(false);
    expect(await names({ withinDays: 200 })).toContain('later');
    expect(await names({ kinds: ['API_KEY'] })).toEqual(['short']);
    expect(await names({ withinDays: 4 })).toEqual([]);
  });

  it('comes a page at a time, without a gap', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await at.perform(expiring, { withinDays: 200, first: 1, ...(after === undefined ? {} : { after }) });
      expect(await page.total()).toBe(5);
      seen.push(...page.items.map(({ entity }) => entity.name));
      after = page.items.at(-1)?.cursor;
      if (!page.hasNext) break;
    }
    expect(seen).toEqual(await names({ withinDays: 200 }));
    expect(await refusalOf(names({ after: 'not a cursor' }))).toBe('CURSOR_INVALID');
  });

  it('S1: shows keys of the caller’s vaults only, and API keys only to whoever may list them', async () => {
    const { id: otherVault } = await at.perform(createVault, { name: 'Other' });
    const reader = await at.callOf(['Reader'], { kind: 'VAULT', id: otherVault });
    expect(await names({}, reader)).toEqual(['CN=keys.example.com']);
    expect(await names({ vaultIds: [at.vaultId] }, reader)).toEqual([]);
    const own = await at.callOf(['Reader'], { kind: 'VAULT', id: at.vaultId });
    expect(await names({}, own)).toEqual(['ends', 'soon', 'CN=keys.example.com']);
    expect(await refusalOf(names({}, await at.callOf([])))).toBe('FORBIDDEN');
  });

  it('is counted within 7, 30 and 90 days; a key that has expired and is still there stays counted', async () => {
    const counts = async (kind: string) => (await expiringCounts(at.estate)).filter((row) => row.kind === kind).map(({ count }) => count);
    expect(await counts('managed-key')).toEqual([1, 2, 2]);
    expect(await counts('api-key')).toEqual([1, 1, 1]);
    expect(await counts('tls-certificate')).toEqual([0, 1, 1]);
    at.clock.advance(40 * 86_400);
    expect(await counts('managed-key')).toEqual([2, 2, 2]);
    expect(await counts('api-key')).toEqual([0, 0, 0]);
  });
});

describe('the watch', () => {
  const notices = async () => (await at.audit()).map(({ event }) => event).filter(({ action }) => action.endsWith('.expires-soon'));

  it('tells once of each thing and threshold, also after a restart', async () => {
    const key = await at.newKey('AES', '256', { label: 'soon', expirationDate: '2030-02-15' });
    await apiKey('short', 10);
    const watch = () => expiryWatch(at.estate, [30, 7]);
    expect(await watch().runDue()).toBe(2);
    expect(await watch().runDue()).toBe(0);
    at.clock.advance(20 * 86_400);
    // The key has 26 days left now; the API key is gone, and the certificate has not a day left.
    expect(await watch().runDue()).toBe(2);
    at.clock.advance(20 * 86_400);
    expect(await watch().runDue()).toBe(1);
    expect(await watch().runDue()).toBe(0);
    expect((await notices()).map(({ action, details }) => [action, details['noticeDays']])).toEqual([
      ['api-key.expires-soon', 30],
      ['tls-certificate.expires-soon', 30],
      ['managed-key.expires-soon', 30],
      ['tls-certificate.expires-soon', 7],
      ['managed-key.expires-soon', 7],
    ]);
    expect((await notices()).at(-1)).toMatchObject({
      target: { kind: 'managed-key', id: key.id, name: 'soon', vaultId: at.vaultId },
      initiator: { face: 'scheduler' },
      severity: 'WARNING',
      ibmAction: null,
      details: { expiresAt: '2030-02-16T00:00:00.000Z', ends: false },
    });
  });

  it('tells of a new date, and of several missed thresholds once', async () => {
    const key = await at.newKey('AES', '256', { label: 'soon', expirationDate: '2030-01-03' });
    expect(await expiryWatch(at.estate, [90, 30, 7]).runDue()).toBe(2);
    await at.perform(updateManagedKey, { id: key.id, expirationDate: '2030-01-20' });
    expect(await expiryWatch(at.estate, [90, 30, 7]).runDue()).toBe(1);
    const ofKey = (await notices()).filter(({ target }) => target.id === key.id);
    expect(ofKey.map(({ details }) => details['noticeDays'])).toEqual([7, 30]);
    expect(await at.estate.store.read.count('expiryNotice', { subjectId: { eq: key.id } })).toBe(1);
  });

  it('commits notice and event together: a crash between leaves neither', async () => {
    await at.newKey('AES', '256', { label: 'soon', expirationDate: '2030-01-03' });
    const { store } = at.estate;
    const broken = {
      ...at.estate,
      store: {
        ...store,
        write: <T>(work: Parameters<typeof store.write<T>>[0]) =>
          store.write<T>(async (tx) => {
            await work(tx);
            throw new Error('the power fails');
          }),
      },
    };
    await expect(expiryWatch(broken, [30]).runDue()).rejects.toThrow();
    expect([await store.read.count('expiryNotice', {}), (await notices()).length]).toEqual([0, 0]);
    expect(await expiryWatch(at.estate, [30]).runDue()).toBe(2);
  });

  it('goes through more than a batch', async () => {
    for (let i = 0; i < 5; i += 1) await at.newKey('AES', '256', { label: `key ${i}`, expirationDate: '2030-01-03' });
    const keys = await at.estate.store.read.find('managedKey', {});
    await at.estate.store.write(async (tx) => {
      for (let i = 0; i < 400; i += 1) {
        const [template] = keys;
        if (template) await tx.insert('managedKey', { ...template, id: at.estate.newId(), label: `copy ${i}`, revision: 1 });
      }
    });
    expect(await expiryWatch(at.estate, [30]).runDue()).toBe(406);
    expect(await expiryWatch(at.estate, [30]).runDue()).toBe(0);
  });

  it('tells nobody where no threshold is set', async () => {
    await at.newKey('AES', '256', { label: 'soon', expirationDate: '2030-01-03' });
    expect(await expiryWatch(at.estate, []).runDue()).toBe(0);
  });
});
