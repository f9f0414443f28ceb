/** Whatever is sent, a refusal stands in the audit log, or the caller is told that it could not. */
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { EstateError } from '../../src/domain/errors.js';
import { auditEvents } from '../../src/services/audit/events.js';
import { createApiKey } from '../../src/services/iam/create-api-key.js';
import { createRoleBinding } from '../../src/services/iam/create-role-binding.js';
import { read } from '../../src/services/operation.js';
import type { AnyOperation } from '../../src/services/operations.js';
import { perform } from '../../src/services/perform.js';
import { createVault } from '../../src/services/vaults/create.js';
import { type TestEstate, type TestEstateOptions, testEstate } from '../fakes/estate.js';

const lone = 'x\ud800';
let at: TestEstate;
const started = async (options: TestEstateOptions = {}) => {
  at = await testEstate(options);
  return await at.callOf([]);
};
afterEach(() => at.close());

test.each<[string, AnyOperation, object]>([
  ['a description', createVault, { name: 'payments', description: lone }],
  ['a filter', auditEvents, { filter: { action: lone } }],
  ['a role', createRoleBinding, { principalId: 'p', roleId: lone, scope: { kind: 'INSTANCE' } }],
  ['a name', createApiKey, { principalId: 'p', name: lone }],
])('half a surrogate pair in %s is refused as input, and audited', async (_what, operation, input) => {
  const stranger = await started();
  const before = (await at.audit()).length;
  await expect(perform(at.estate, stranger, operation, input)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  const events = (await at.audit()).slice(before).map(({ event }) => event);
  expect(events).toMatchObject([{ action: operation.action, outcome: 'FAILURE', reason: { type: 'INPUT_INVALID' } }]);
});

test('no operation takes ill-formed text anywhere', async () => {
  await started();
  const loose = read({
    name: 'vaults',
    action: 'vault.list',
    input: z.unknown(),
    place: async () => ({ subject: null, scope: {}, target: { kind: 'vault', id: null, name: null, vaultId: null } }),
    read: async () => 'done',
  });
  for (const input of [lone, 'nul \0', [{ a: lone }], { a: { b: [lone] } }, { [lone]: 1 }, { a: { [lone]: lone } }]) {
    await expect(perform(at.estate, at.admin, loose, input)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  }
  expect(await perform(at.estate, at.admin, loose, { a: 'x\u{1f511}' })).toBe('done');
});

test('an event that has no canonical form goes without its details', async () => {
  const stranger = await started();
  const odd = read({
    name: 'vaults',
    action: 'vault.list',
    input: z.strictObject({ size: z.unknown() }),
    place: async () => ({ subject: null, scope: {}, target: { kind: 'vault', id: null, name: null, vaultId: null } }),
    read: async () => 'done',
  });
  await expect(perform(at.estate, stranger, odd, { size: Number.NaN })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect((await at.audit()).at(-1)?.event).toMatchObject({ action: 'vault.list', reason: { type: 'FORBIDDEN' }, details: {} });
});

test('S15: a refusal that cannot be audited is told as AUDIT_UNAVAILABLE', async () => {
  let isBroken = false;
  const stranger = await started({
    aroundStore: (store) => ({
      ...store,
      audit: {
        ...store.audit,
        append: (event) => (isBroken ? Promise.reject(new EstateError('AUDIT_UNAVAILABLE')) : store.audit.append(event)),
      },
    }),
  });
  isBroken = true;
  await expect(perform(at.estate, stranger, createVault, { name: 'payments' })).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
});

test('one event that cannot be encoded fails alone, and not the events that wait beside it', async () => {
  await started();
  await perform(at.estate, at.admin, createVault, { name: 'payments' });
  const [record] = (await at.audit()).slice(-1);
  if (!record) throw new Error('an event was expected');
  const others = ['a', 'b', 'c'].map((name) => ({ ...record.event, id: at.estate.newId(), details: { name } }));
  const bad = { ...record.event, id: at.estate.newId(), details: { name: lone } };
  const results = await Promise.allSettled(
    [...others, bad, ...others.map((each) => ({ ...each, id: at.estate.newId() }))].map(at.estate.store.audit.append),
  );
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
});
