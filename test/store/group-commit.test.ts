/** Group commit by itself: how many commits there are, and when who is answered. */
import { describe, expect, test } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import { groupCommit } from '../../src/store/typeorm/group-commit.js';
import type { Session, Sessions } from '../../src/store/typeorm/session.js';
import { turns } from '../../src/store/typeorm/turns.js';

function counted(commit: () => Promise<void>) {
  const count = { commits: 0, rollbacks: 0 };
  const sessions: Sessions = {
    begin: async () => ({ runner: {}, frontier: { size: 0, nodes: [] } }) as unknown as Session,
    commit: async () => {
      count.commits += 1;
      await commit();
      return [];
    },
    rollback: async () => {
      count.rollbacks += 1;
    },
  };
  const cache = { drop: () => {}, dropAll: () => {} };
  const join = groupCommit({ queue: turns(), sessions, cache, tell: () => {}, afterwards: async () => {} });
  return { join, count };
}

describe('group commit', () => {
  test('what waits while a transaction runs shares one commit; nobody is answered before it, failed or not', async () => {
    const gates: (() => void)[] = [];
    const { join, count } = counted(() => new Promise<void>((resolve) => gates.push(resolve)));
    const answered: string[] = [];
    const asked = (name: string, fails = false) =>
      join('WRITE', async () => {
        if (fails) throw new Error(name);
        return name;
      }).then(
        () => answered.push(name),
        () => answered.push(`not ${name}`),
      );
    const all = [asked('first'), ...['a', 'b', 'c'].map((name) => asked(name, name === 'b'))];
    const untilCommit = async (number: number) => {
      while (gates.length < number) await new Promise((resolve) => setImmediate(resolve));
    };
    await untilCommit(1);
    expect(answered).toEqual([]);
    gates[0]?.();
    // All four waited when the first turn came.
    await Promise.all(all);
    expect(answered).toEqual(['first', 'a', 'not b', 'c']);
    // What failed was tried twice: only the second time was it known that it would.
    expect(count).toEqual({ commits: 1, rollbacks: 1 });
  });

  test('a commit that fails fails all; none of it is done again', async () => {
    const lost = new EstateError('STORE_UNAVAILABLE');
    const { join, count } = counted(async () => {
      throw lost;
    });
    let works = 0;
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => join('WRITE', async () => (works += 1))));
    expect(results.map((result) => result.status === 'rejected' && result.reason)).toEqual([lost, lost, lost, lost, lost]);
    expect({ ...count, works }).toEqual({ commits: 1, rollbacks: 1, works: 5 });
  });

  test('a group has a bound, so that whoever came first does not wait for ever', async () => {
    const { join, count } = counted(async () => {});
    await Promise.all(Array.from({ length: 80 }, () => join('WRITE', async () => {})));
    expect(count.commits).toBe(3);
  });
});
