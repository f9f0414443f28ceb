/** Reads that are kept: never older than the last commit that was answered. */
import { describe, expect, test } from 'vitest';
import type { Noun, Reader, Where } from '../../src/store/contract.js';
import { readCache } from '../../src/store/typeorm/read-cache.js';
import { vault } from './entities.js';

/** A reader that counts what it is asked and answers when it is let. */
function counting() {
  const state = { asked: 0, name: 'first', gate: Promise.resolve(), term: 1 as number | undefined };
  const answer = async () => {
    state.asked += 1;
    const found = vault({ id: 'v', name: state.name });
    await state.gate;
    return found;
  };
  const reader = { get: answer, find: async () => [await answer()] } as unknown as Reader;
  return { state, cache: readCache(reader, () => state.term) };
}
const changed = (noun: Noun) => [{ noun, id: 'v', kind: 'UPDATE' }] as const;

describe('reads that are kept', () => {
  test('are asked once, until a commit touches their noun', async () => {
    const { state, cache } = counting();
    const read = async () => [await cache.read.get('vault', 'v'), ...(await cache.read.find('vault', { name: { eq: 'x' } }))];
    await read();
    await read();
    expect(state.asked).toBe(2);
    cache.drop(changed('managedKey'));
    await read();
    expect(state.asked).toBe(2);
    state.name = 'second';
    cache.drop(changed('vault'));
    expect(await read()).toMatchObject([{ name: 'second' }, { name: 'second' }]);
  });

  test.each(['drop', 'dropAll'] as const)('what was under way at %s is not kept', async (how) => {
    const { state, cache } = counting();
    let open = () => {};
    state.gate = new Promise((resolve) => {
      open = resolve;
    });
    const before = cache.read.get('vault', 'v');
    state.name = 'second';
    cache[how](changed('vault'));
    open();
    expect(await before).toMatchObject({ name: 'first' });
    expect(await cache.read.get('vault', 'v')).toMatchObject({ name: 'second' });
  });

  test('are not kept while the lock is lost, nor from one term of holding it to the next', async () => {
    const { state, cache } = counting();
    const read = async () => await cache.read.get('vault', 'v');
    await read();
    state.term = undefined;
    await read();
    await read();
    expect(state.asked).toBe(3);
    expect(cache.keeps('vault')).toBe(false);
    state.term = 2;
    await read();
    await read();
    expect(state.asked).toBe(4);
    state.term = 3;
    await read();
    expect(state.asked).toBe(5);
  });

  test('conditions that ask other nouns, or that are refused, are never kept', async () => {
    const { state, cache } = counting();
    const conditions = [{ id: { within: { noun: 'keystore', field: 'vaultId', where: {} } } }, { name: { eq: undefined } }];
    for (const where of [...conditions, ...conditions]) await cache.read.find('vault', where as Where<object>);
    expect(state.asked).toBe(4);
  });
});
