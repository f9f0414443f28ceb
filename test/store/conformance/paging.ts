import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ManagedKey } from '../../../src/domain/managed-key.js';
import type { PageQuery, Reader, SortKey } from '../../../src/store/contract.js';
import type { Subject } from '../conformance.js';
import { managedKey, vault } from '../entities.js';

const sortFields = ['label', 'version', 'destroyAt', 'deactivateOnRotation', 'createdAt'] as const;
const sorts = fc.uniqueArray(fc.record({ field: fc.constantFrom(...sortFields), descending: fc.boolean() }), {
  maxLength: 3,
  selector: ({ field }) => field,
});
const rows = fc.array(
  fc.record({
    label: fc.constantFrom('a', 'B', 'b', 'ä', 'Z', ' '),
    version: fc.integer({ min: 1, max: 3 }),
    destroyAt: fc.constantFrom(null, '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'),
    deactivateOnRotation: fc.boolean(),
  }),
  { maxLength: 25 },
);

/** The order that pages must have, said a second time: nulls lowest, bytes of the text, ties by id. */
function inOrder(keys: readonly ManagedKey[], sort: readonly SortKey<ManagedKey>[]): string[] {
  const last = sort.at(-1)?.descending ?? false;
  const all = [...sort, { field: 'id', descending: last } as const];
  const compare = (a: ManagedKey, b: ManagedKey): number => {
    for (const { field, descending } of all) {
      const order = compareValues(a[field], b[field]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
  return keys.toSorted(compare).map(({ id }) => id);
}

function compareValues(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}

async function walk(read: Reader, query: PageQuery<ManagedKey>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await read.page('managedKey', { ...query, ...(cursor === undefined ? {} : { cursor }) });
    const found = page.items.map(({ entity }) => entity.id);
    if (query.backward) ids.unshift(...found);
    else ids.push(...found);
    const more = query.backward ? page.hasPrevious : page.hasNext;
    expect(query.backward ? page.hasNext : page.hasPrevious).toBe(cursor !== undefined);
    if (!more) return ids;
    expect(page.items).toHaveLength(query.limit);
    cursor = page.items.at(query.backward ? 0 : -1)?.cursor;
  }
}

export function pagingTests(subject: () => Subject): void {
  test('pages forwards and backwards are the sorted list, with duplicates and nulls', async () => {
    const { store } = subject();
    const property = fc.asyncProperty(rows, sorts, fc.integer({ min: 1, max: 7 }), async (given, sort, limit) => {
      const owner = vault();
      const keys = given.map((fields) => managedKey({ vaultId: owner.id, ...fields }));
      await store.write(async (tx) => {
        await tx.insert('vault', owner);
        await tx.insertMany('managedKey', keys);
      });
      const where = { vaultId: { eq: owner.id } };
      const expected = inOrder(keys, sort);
      expect(await walk(store.read, { where, sort, limit })).toEqual(expected);
      expect(await walk(store.read, { where, sort, limit, backward: true })).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('a cursor stays good when its item is gone', async () => {
    const { store } = subject();
    const owner = vault();
    const keys = ['a', 'b', 'c'].map((label) => managedKey({ vaultId: owner.id, label }));
    await store.write(async (tx) => {
      await tx.insert('vault', owner);
      await tx.insertMany('managedKey', keys);
    });
    const query = { where: { vaultId: { eq: owner.id } }, sort: [{ field: 'label' }], limit: 2 } as const;
    const first = await store.read.page('managedKey', query);
    await store.write((tx) => tx.delete('managedKey', keys[1]?.id ?? ''));
    const second = await store.read.page('managedKey', { ...query, cursor: first.items[1]?.cursor ?? '' });
    expect(second.items.map(({ entity }) => entity.label)).toEqual(['c']);
  });

  test('cursors of another list, another sort, or made up are refused', async () => {
    const { read } = subject().store;
    const sort = [{ field: 'label' }] as const;
    const page = await read.page('managedKey', { sort, limit: 1 });
    const good = page.items[0]?.cursor ?? '';
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [ordering] = JSON.parse(Buffer.from(good, 'base64url').toString()) as [string];
    const made = [[ordering, 'a'], [ordering, null, 'id'], [ordering, 7, 'id'], [ordering, {}, 'id'], [ordering, '\0', 'id'], {}, null].map(
      encode,
    );
    for (const cursor of ['', '!', 'AAAA', good.slice(0, -6), ...made]) {
      await expect(read.page('managedKey', { sort, limit: 1, cursor })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
    }
    for (const other of [[{ field: 'label', descending: true }], [{ field: 'state' }], []] as SortKey<ManagedKey>[][]) {
      await expect(read.page('managedKey', { sort: other, limit: 1, cursor: good })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
    }
    await expect(read.page('vault', { limit: 1, cursor: good })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  });

  test('a limit outside 1 to 500 and an unsortable field are refused', async () => {
    const { read } = subject().store;
    for (const limit of [0, -1, 501, 1.5, Number.NaN]) {
      await expect(read.page('vault', { limit })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
    await expect(read.page('managedKey', { limit: 1, sort: [{ field: 'tags' }] })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
}
