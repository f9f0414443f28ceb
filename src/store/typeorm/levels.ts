/** Work inside of transactions: which level a statement belongs to, and levels within levels. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Id } from '../../domain/entity.js';
import type { Noun, Reader, Writer } from '../contract.js';
import { leafOf } from './audit-rows.js';
import type { Dialect } from './dialect.js';
import { misuse } from './failures.js';
import { adopt, appendLeaf, guarded, hasTouched, isWithin, type Level, nestedLevel } from './level.js';
import type { ReadCache } from './read-cache.js';
import { writer } from './writer.js';

export type Work<T> = (tx: Writer) => Promise<T>;

export interface Levels {
  /** The level that the caller stands in, while it is open. */
  current(): Level | undefined;
  /** Does the work on the level, waits for statements nobody awaited, and refuses what cannot be committed. */
  run<T>(level: Level, work: Work<T>): Promise<T>;
  /** Does the work on a level of its own: when it fails, the parent must not be committed. */
  share<T>(parent: Level, work: Work<T>): Promise<T>;
  /** Does the work in a savepoint: when it fails, or only tried, nothing of it remains. */
  nest<T>(parent: Level, work: Work<T>, isRollback: boolean): Promise<T>;
}

export function levels({ dialect }: { readonly dialect: Dialect }, cache: Pick<ReadCache, 'read' | 'keeps'>): Levels {
  const standing = new AsyncLocalStorage<Level>();

  const current = (): Level | undefined => {
    const level = standing.getStore();
    return level?.isOpen ? level : undefined;
  };

  /** Runs a statement in its turn. An outer `tx` used inside a nested write counts as the nested one: it would wait for itself. */
  const inLevel = async <T>(own: Level, statement: (level: Level) => Promise<T>): Promise<T> => {
    if (!own.isOpen) throw misuse('the transaction has ended');
    const here = current();
    const level = here && isWithin(here, own) ? here : own;
    return await level.turns.take(() => guarded(level, () => statement(level)));
  };

  const writerOf = (own: Level): Writer => {
    const tx = writer({
      run: (statement) => inLevel(own, ({ runner, changes }) => statement(runner.manager, (more) => void changes.push(...more))),
      dialect,
      appendAudit: (event) => inLevel(own, async (level) => appendLeaf(level, leafOf(event))),
    });
    /** Of what the transaction has not touched it sees what is committed, as the one writer there is. */
    const readerOf = async (noun: Noun, { id, where }: { id?: Id; where?: object }): Promise<Reader> =>
      cache.keeps(noun, where) && (await inLevel(own, async (level) => !hasTouched(level, noun, id))) ? cache.read : tx;
    return {
      ...tx,
      get: async (noun, id) => await (await readerOf(noun, { id })).get(noun, id),
      find: async (noun, where, limit) => await (await readerOf(noun, { where })).find(noun, where, limit),
    };
  };

  /** Does the work and waits for statements nobody awaited. */
  const run = async <T>(level: Level, work: Work<T>): Promise<T> => {
    try {
      return await standing.run(level, () => work(writerOf(level)));
    } finally {
      level.isOpen = false;
      await level.turns.idle();
    }
  };

  /** Refuses what cannot be committed although the work itself went on. */
  const runWhole = async <T>(level: Level, work: Work<T>): Promise<T> => {
    const result = await run(level, work);
    if (level.failure) throw level.failure;
    return result;
  };

  const share = <T>(parent: Level, work: Work<T>): Promise<T> =>
    parent.turns.take(async () => {
      const level = nestedLevel(parent);
      const result = await runWhole(level, work);
      adopt(parent, level);
      return result;
    });

  const nest = <T>(parent: Level, work: Work<T>, isRollback: boolean): Promise<T> =>
    parent.turns.take(async () => {
      const level = nestedLevel(parent);
      const savepoint = (verb: string) => guarded(parent, () => parent.runner.query(`${verb} nested_${level.depth}`));
      await savepoint('SAVEPOINT');
      try {
        const result = await runWhole(level, work);
        if (isRollback) await savepoint('ROLLBACK TO SAVEPOINT');
        await savepoint('RELEASE SAVEPOINT');
        if (!isRollback) adopt(parent, level);
        return result;
      } catch (error) {
        // SQLite ends the whole transaction by itself on a full disk; then this fails and marks the parent.
        await savepoint('ROLLBACK TO SAVEPOINT')
          .then(() => savepoint('RELEASE SAVEPOINT'))
          .catch(() => {});
        throw error;
      }
    });

  return { current, run: runWhole, share, nest };
}
