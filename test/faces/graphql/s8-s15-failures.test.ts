import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EstateError } from '../../../src/domain/errors.js';
import type { Store } from '../../../src/store/contract.js';
import { start, type TestServer } from './start.js';

let server: TestServer;
let isAuditBroken = false;
let isStoreBroken = false;
const lines: string[] = [];

/** A store whose audit log, or all of it, fails when told to. */
function breakable(store: Store): Store {
  const refuseAudit = () => {
    if (isAuditBroken) throw new EstateError('AUDIT_UNAVAILABLE', {}, { cause: new Error('disk full at /var/lib/kyok') });
  };
  return {
    ...store,
    ping: async () => {
      if (isStoreBroken) throw new Error('no database at db.internal:5432');
      await store.ping();
    },
    read: new Proxy(store.read, {
      get: (target, name) => {
        if (isStoreBroken) throw new Error('no database at db.internal:5432');
        return Reflect.get(target, name);
      },
    }),
    write: (work, options) =>
      store.write(
        (tx) =>
          work({
            ...tx,
            appendAudit: async (event) => {
              refuseAudit();
              return await tx.appendAudit(event);
            },
          }),
        options,
      ),
    audit: {
      ...store.audit,
      append: async (event) => {
        refuseAudit();
        return await store.audit.append(event);
      },
    },
  };
}

beforeAll(async () => {
  server = await start({
    aroundStore: breakable,
    log: (level, fields, message) => lines.push(`${level} ${message} ${String((fields as { err?: Error }).err)}`),
  });
});
afterAll(() => server.close());

const createVault = 'mutation ($input: CreateVaultInput!) { createVault(input: $input) { id } }';

describe('S15: when the audit log cannot be written', () => {
  it('operations are refused, and nothing leaves or stays', async () => {
    isAuditBroken = true;
    const changed = await server.ask(createVault, { input: { name: 'Unseen' } });
    const read = await server.ask('{ vaults { totalCount } }');
    const used = await server.ask('mutation { generateRandom(input: { length: 32 }) { items } }');
    isAuditBroken = false;
    for (const { data, errors } of [changed, read, used]) {
      expect(data).toBeNull();
      expect(errors[0]?.extensions).toMatchObject({ code: 'AUDIT_UNAVAILABLE', kind: 'internal', details: {} });
    }
    expect((await server.data('{ vaults { totalCount } }')).vaults.totalCount).toBe(0);
  });
});

describe('S8: failures of the server', () => {
  it('answer a code and a request id, and nothing else', async () => {
    isStoreBroken = true;
    const answer = await server.post('/graphql', { query: '{ vaults { totalCount } }' }, { authorization: `Bearer ${server.adminToken}` });
    const ready = await fetch(`${server.endpoint}/readyz`);
    isStoreBroken = false;
    expect(answer.status).toBe(500);
    const requestId = answer.headers.get('x-request-id');
    const body = await answer.text();
    expect(JSON.parse(body)).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'INTERNAL', requestId } }] });
    expect(body).not.toMatch(/db\.internal|stack|at .*\.ts/);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ ready: false, reason: 'store' });
  });

  it('inside an operation go to the log with their cause, and out as INTERNAL', async () => {
    const token = server.adminToken;
    lines.length = 0;
    isStoreBroken = false;
    const original = server.estate.hsm.status;
    Object.assign(server.estate.hsm, { status: async () => Promise.reject(new Error('secret path /dev/hsm0')) });
    const { errors } = await server.ask('{ hsm { sealed } }', {}, token);
    Object.assign(server.estate.hsm, { status: original });
    expect(errors[0]).toMatchObject({
      message: 'Something went wrong inside; the request id finds it in the log.',
      extensions: { code: 'INTERNAL', details: {} },
    });
    expect(JSON.stringify(errors)).not.toContain('/dev/hsm0');
    expect(lines.some((line) => line.includes('/dev/hsm0'))).toBe(true);
  });

  it('refuse bodies that are too large or no JSON, in the same form', async () => {
    const headers = { authorization: `Bearer ${server.adminToken}` };
    const broken = await server.post('/graphql', '{"query": "{ inst', headers);
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ errors: [{ extensions: { code: 'INPUT_INVALID' } }] });
    const large = await server.post('/graphql', JSON.stringify({ query: ' '.repeat(17 * 1024 * 1024) }), headers);
    expect(large.status).toBe(413);
    expect(await large.json()).toMatchObject({ errors: [{ extensions: { code: 'TOO_LARGE' } }] });
  });
});

describe('a sealed HSM', () => {
  it('is told by /readyz and by operations that need it, while the rest works', async () => {
    const { hsm } = server.estate;
    const { status, generateRandom } = hsm;
    const sealedStatus = { ...(await hsm.status()), sealed: true };
    Object.assign(hsm, { status: async () => sealedStatus, generateRandom: async () => Promise.reject(new EstateError('HSM_SEALED')) });
    const ready = await fetch(`${server.endpoint}/readyz`);
    const random = await server.ask('mutation { generateRandom(input: { length: 8 }) { items } }');
    const { instance } = await server.data('{ instance { sealed } }');
    Object.assign(hsm, { status, generateRandom });
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ ready: false, reason: 'sealed' });
    expect(random.errors[0]?.extensions).toMatchObject({ code: 'HSM_SEALED', kind: 'sealed' });
    expect(instance.sealed).toBe(true);
  });
});
