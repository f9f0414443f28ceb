import { beforeAll, expect, test } from 'vitest';
import type { Keystore } from '../../../src/domain/keystore.js';
import type { Where } from '../../../src/store/contract.js';
import type { Subject } from '../conformance.js';
import { keystore, vault } from '../entities.js';

const east = vault({ name: 'east' });
const west = vault({ name: 'west' });
const keystores = {
  a: keystore({ vaultId: east.id, name: 'Alpha', groups: ['prod', 'eu'], pendingDestructionSeconds: 10 }),
  b: keystore({ vaultId: east.id, name: 'alphabet', groups: [], pendingDestructionSeconds: null }),
  c: keystore({ vaultId: west.id, name: '50%_off\\', groups: ['pro', 'a","b'], pendingDestructionSeconds: 30, state: 'RETIRED' }),
};
type Letter = keyof typeof keystores;

const cases: readonly [string, Where<Keystore>, string][] = [
  ['nothing', {}, 'abc'],
  ['eq', { name: { eq: 'Alpha' } }, 'a'],
  ['eq null', { pendingDestructionSeconds: { eq: null } }, 'b'],
  ['ne', { pendingDestructionSeconds: { ne: 10 } }, 'bc'],
  ['ne null', { pendingDestructionSeconds: { ne: null } }, 'ac'],
  ['in', { name: { in: ['Alpha', 'alphabet', 'other'] } }, 'ab'],
  ['in nothing', { name: { in: [] } }, ''],
  ['in numbers and null', { pendingDestructionSeconds: { in: [30, null] } }, 'bc'],
  ['not in', { pendingDestructionSeconds: { notIn: [30] } }, 'ab'],
  ['not in with null', { pendingDestructionSeconds: { notIn: [30, null] } }, 'a'],
  ['not in null', { pendingDestructionSeconds: { notIn: [null] } }, 'ac'],
  ['not in nothing', { pendingDestructionSeconds: { notIn: [] } }, 'abc'],
  ['ranges', { pendingDestructionSeconds: { gte: 10, lt: 30 } }, 'a'],
  ['open ranges', { pendingDestructionSeconds: { gt: 10, lte: 30 } }, 'c'],
  ['startsWith in another case', { name: { startsWith: 'ALPHA' } }, 'ab'],
  ['contains in another case', { name: { contains: 'HAB' } }, 'b'],
  ['contains what LIKE has a meaning for', { name: { contains: '%_' } }, 'c'],
  ['an escape character at the end', { name: { contains: 'off\\' } }, 'c'],
  ['a lone wildcard matches itself only', { name: { startsWith: '_' } }, ''],
  ['has', { groups: { has: 'prod' } }, 'a'],
  ['has a part of an item only', { groups: { has: 'pr' } }, ''],
  ['has an item that looks like two', { groups: { has: 'b' } }, ''],
  ['within', { vaultId: { within: { noun: 'vault', field: 'id', where: { name: { eq: 'east' } } } } }, 'ab'],
  ['within nothing', { vaultId: { within: { noun: 'vault', field: 'id', where: { name: { eq: 'south' } } } } }, ''],
  [
    'within within',
    {
      vaultId: {
        within: {
          noun: 'vault',
          field: 'id',
          where: { id: { within: { noun: 'keystore', field: 'vaultId', where: { state: { eq: 'RETIRED' } } as never } } },
        },
      },
    },
    'c',
  ],
  ['any', { any: [{ name: { eq: 'Alpha' } }, { state: { eq: 'RETIRED' } }] }, 'ac'],
  ['any and', { state: { eq: 'ACTIVE' }, any: [{ name: { eq: 'Alpha' } }, { state: { eq: 'RETIRED' } }] }, 'a'],
  ['any of nothing', { any: [] }, ''],
  ['several on one field', { name: { startsWith: 'a', ne: 'Alpha' } }, 'b'],
];

export function conditionTests(subject: () => Subject): void {
  beforeAll(async () => {
    await subject().store.write(async (tx) => {
      await tx.insertMany('vault', [east, west]);
      await tx.insertMany('keystore', Object.values(keystores));
    });
  });

  test.each(cases)('%s', async (_, where, expected) => {
    const { read } = subject().store;
    const letters = (Object.keys(keystores) as Letter[]).filter((letter) => expected.includes(letter));
    const ids = letters.map((letter) => keystores[letter].id).sort();
    expect((await read.find('keystore', where)).map(({ id }) => id)).toEqual(ids);
    expect(await read.count('keystore', where)).toBe(ids.length);
    const page = await read.page('keystore', { where, limit: 500 });
    expect(page.items.map(({ entity }) => entity.id)).toEqual(ids);
  });

  test('find stops at its limit and goes by id', async () => {
    const ids = Object.values(keystores)
      .map(({ id }) => id)
      .sort();
    expect((await subject().store.read.find('keystore', {}, 2)).map(({ id }) => id)).toEqual(ids.slice(0, 2));
  });

  test('countBy counts by value, null as the empty text', async () => {
    const { read } = subject().store;
    const byVault = new Map([
      [east.id, 2],
      [west.id, 1],
    ]);
    expect(new Map(await read.countBy('keystore', 'vaultId', {}))).toEqual(byVault);
    expect((await read.countBy('keystore', 'pendingDestructionSeconds', {})).get('')).toBe(1);
  });

  test('an undefined value or unknown field is refused, never read as "all"', async () => {
    const { read } = subject().store;
    const mistakes = [
      { name: { eq: undefined } },
      { name: undefined },
      { name: { in: [undefined] } },
      { nonsense: { eq: 1 } },
    ] as unknown[];
    for (const where of mistakes) {
      await expect(read.find('keystore', where as Where<Keystore>)).rejects.toMatchObject({ code: 'INTERNAL' });
    }
  });
}
