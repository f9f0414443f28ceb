import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../src/domain/permissions.js';
import type { Reader, Store } from '../../../src/store/contract.js';
import { type Data, start, type TestServer } from './start.js';

let server: TestServer;
let reads = 0;

/** Counts what is asked of the store. */
function counted(store: Store): Store {
  const read = new Proxy(store.read, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        reads += 1;
        return method.apply(target, args);
      };
    },
  }) as Reader;
  return { ...store, read };
}

const made = 100;
const vaultIds: string[] = [];

beforeAll(async () => {
  server = await start({ aroundStore: counted });
  const create = 'mutation ($input: CreateVaultInput!) { createVault(input: $input) { id } }';
  for (const name of ['A', 'B']) vaultIds.push((await server.data(create, { input: { name } })).createVault.id);
  for (const vaultId of vaultIds) {
    await server.data('mutation ($input: CreateKeystoreInput!) { createKeystore(input: $input) { id } }', {
      input: { vaultId, name: 'ring', connection: { internal: {} } },
    });
    await server.data('mutation ($input: CreateKeyTemplateInput!) { createKeyTemplate(input: $input) { id } }', {
      input: {
        vaultId,
        name: 'aes',
        key: { algorithm: 'AES', size: '256', initialState: 'PRE_ACTIVATION' },
        targets: [{ keystoreType: 'internal', group: 'ring' }],
      },
    });
  }
  for (let index = 0; index < made; index += 1) {
    await server.data('mutation ($input: CreateManagedKeyInput!) { createManagedKey(input: $input) { id } }', {
      input: { vaultId: vaultIds[index % 2], templateName: 'aes', label: `key ${String(index).padStart(3, '0')}` },
    });
  }
}, 120_000);
afterAll(() => server.close());

describe('connections', () => {
  const page = `query ($first: Int, $after: String, $last: Int, $before: String) {
    managedKeys(first: $first, after: $after, last: $last, before: $before, sort: [{ field: LABEL }]) {
      totalCount edges { cursor node { label } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }`;
  const labels = ({ managedKeys }: Data): string[] => managedKeys.edges.map(({ node }: Data) => node.label);

  it('go forward and backward over everything, once', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    let answer: Data;
    do {
      answer = await server.data(page, { first: 30, after });
      seen.push(...labels(answer));
      after = answer.managedKeys.pageInfo.endCursor;
    } while (answer.managedKeys.pageInfo.hasNextPage);
    expect(seen).toHaveLength(made);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(answer.managedKeys.totalCount).toBe(made);

    const back = await server.data(page, { last: 5, before: answer.managedKeys.pageInfo.startCursor });
    expect(labels(back)).toEqual(seen.slice(85, 90));
    expect(back.managedKeys.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  it.each([[{ first: 501 }], [{ first: 0 }], [{ first: 5, last: 5 }]])('refuse %o', async (variables) => {
    const { errors } = await server.ask(page, variables);
    expect(errors[0]?.extensions.code).toBe('INPUT_INVALID');
  });

  it('refuse a cursor of another list', async () => {
    expect((await server.ask(page, { first: 5, after: 'bm8' })).errors[0]?.extensions.code).toBe('CURSOR_INVALID');
  });

  it('page lists that are at hand as a whole in the same way', async () => {
    const roles =
      'query ($first: Int, $after: String) { roles(first: $first, after: $after) { totalCount edges { cursor node { id builtIn } } pageInfo { hasNextPage endCursor } } }';
    const builtIn = Object.keys(builtInRoles).length;
    const first = (await server.data(roles, { first: 3 })).roles;
    expect(first).toMatchObject({ totalCount: builtIn, pageInfo: { hasNextPage: true } });
    const rest = (await server.data(roles, { first: 100, after: first.pageInfo.endCursor })).roles;
    expect([...first.edges, ...rest.edges].map(({ node }: Data) => node.id)).toHaveLength(builtIn);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });
});

describe('nested fields', () => {
  it('cost the same number of reads for 1 key and for 100', async () => {
    const query = `query ($first: Int) { managedKeys(first: $first) { edges { node {
      id vault { name keysCount keystoresCount } template { name keysCount } versions { version }
      instances { status keystore { name keysCount vault { name } } versions { version } } keystores { name } alignment { status }
    } } } }`;
    const readsFor = async (first: number): Promise<{ reads: number; data: Data }> => {
      reads = 0;
      const data = await server.data(query, { first });
      return { reads, data };
    };
    const one = await readsFor(1);
    const hundred = await readsFor(100);
    expect(hundred.data.managedKeys.edges).toHaveLength(100);
    expect(hundred.data.managedKeys.edges[0].node).toMatchObject({
      vault: { keysCount: 50, keystoresCount: 1 },
      template: { name: 'aes', keysCount: 50 },
    });
    expect(hundred.reads).toBeLessThanOrEqual(one.reads);
    expect(hundred.reads).toBeLessThan(40);
  });

  it('show only what the caller may read', async () => {
    const call = await server.callOf(['Reader'], { kind: 'VAULT', id: String(vaultIds[0]) });
    const token = await server.tokenOf(call);
    const { vaults } = await server.data('{ vaults { edges { node { name keysCount keystores { name } } } } }', {}, token);
    expect(vaults.edges).toEqual([{ node: { name: 'A', keysCount: 50, keystores: [{ name: 'ring' }] } }]);
    const { errors } = await server.ask('{ principals { totalCount } }', {}, token);
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

describe('one audit event per root field', () => {
  it('whatever is nested in it', async () => {
    const before = (await server.audit()).length;
    await server.data('{ a: vaults { edges { node { keystores { name } } } } b: managedKeys { totalCount } instance { id } }');
    const after = (await server.audit()).slice(before);
    expect(after.map(({ event }) => event.action).sort()).toEqual(['instance.read', 'managed-key.list', 'vault.list']);
  });
});
