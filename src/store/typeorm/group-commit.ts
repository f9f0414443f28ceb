/**
 * Group commit: what waits while a transaction runs shares the next one, and with it one commit and one wait for the
 * disk. Only when one of them fails is all of it taken back and done again, each write in a savepoint of its own then, so
 * that one that fails takes nothing of its neighbours with it: savepoints cost more than most statements between them.
 * Nobody is answered, not even a failure, before all is durable: what a failed write had seen of its neighbours is so.
 */
import { AsyncResource } from 'node:async_hooks';
import type { AuditRecord } from '../../domain/audit-event.js';
import { EstateError } from '../../domain/errors.js';
import type { Change, Committed } from '../contract.js';
import { type Level, outermostLevel } from './level.js';
import type { ReadCache } from './read-cache.js';
import type { Sessions } from './session.js';
import type { Turns } from './turns.js';

/**
 * How a part shares its transaction. ALONE: it has it to itself. BARE: what it did stays only if all of the group succeed.
 * APART: its failure must take back what it did, and nothing else.
 */
export type Sharing = 'ALONE' | 'BARE' | 'APART';

/** Does its part on the level it is given: the whole transaction's when it is alone, else the group's. */
export type Part<T> = (level: Level, sharing: Sharing) => Promise<T>;

export interface GroupCommitParts {
  readonly queue: Turns;
  readonly sessions: Sessions;
  readonly cache: Pick<ReadCache, 'drop' | 'dropAll'>;
  tell(committed: Committed): void;
  /** Awaited after the commit and before anybody is answered. */
  afterwards(changes: readonly Change[]): Promise<void>;
}

/** Waits for a transaction, and answers when it is durable. A part of a group that the database refuses at its commit is done again, alone. */
export type Join = <T>(kind: PartKind, part: Part<T>) => Promise<T>;

export type PartKind = 'WRITE' | 'EVENT';

/** Most parts of a kind in one transaction: whoever came first waits for the last. */
const mostParts: Readonly<Record<PartKind, number>> = { WRITE: 32, EVENT: 256 };

interface Waiting {
  readonly kind: PartKind;
  readonly part: Part<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** How a part ended, and what of its transaction is its own. */
interface Ended {
  readonly answer: () => void;
  readonly changes: readonly Change[];
  readonly events: readonly [start: number, end: number];
}

export function groupCommit({ queue, sessions, cache, tell, afterwards }: GroupCommitParts): Join {
  const waiting: Waiting[] = [];

  const commitTogether = async (group: readonly Waiting[], sharing: Sharing): Promise<void> => {
    const session = await sessions.begin();
    const level = outermostLevel(session.runner, session.frontier.size);
    const ended: Ended[] = [];
    let audit: readonly AuditRecord[];
    let isUncertain = false;
    try {
      for (const member of group) ended.push(await take(member, level, sharing));
      isUncertain = true;
      audit = await sessions.commit(session, level.leaves);
    } catch (error) {
      // What failed to answer may have been committed all the same.
      if (isUncertain) cache.dropAll();
      await sessions.rollback(session);
      throw error;
    }
    cache.drop(level.changes);
    for (const { changes, events } of ended) {
      if (changes.length > 0 || events[0] < events[1]) tell({ changes, audit: audit.slice(...events) });
    }
    await afterwards(level.changes);
    for (const { answer } of ended) answer();
  };

  const commitNext = async (): Promise<void> => {
    const group = waiting.splice(0, groupSize(waiting));
    if (group.length > 1) await commitGroup(group);
    else for (const member of group) await commitAlone(member);
  };
  const commitAlone = (member: Waiting) => commitTogether([member], 'ALONE').catch(member.reject);
  const commitGroup = async (group: readonly Waiting[]): Promise<void> => {
    try {
      await commitTogether(group, 'BARE').catch(async (error: unknown) => {
        if (!(error instanceof PartFailed) && !isRefusal(error)) throw error;
        await commitTogether(group, 'APART');
      });
    } catch (error) {
      for (const member of group) {
        if (isRefusal(error)) await commitAlone(member);
        else member.reject(error);
      }
    }
  };

  return (kind, part) =>
    new Promise((resolve, reject) => {
      // Each part runs in the asynchronous context of who asked for it.
      const asker = new AsyncResource('kyok.write');
      const inContext: Part<unknown> = (level, sharing) => asker.runInAsyncScope(part, undefined, level, sharing);
      waiting.push({ kind, part: inContext, resolve: resolve as Waiting['resolve'], reject });
      // The first of these turns does what waits by then; the others find less left, or nothing.
      void queue.take(commitNext);
    });
}

/** The longest run of what waits that keeps within the bounds. */
function groupSize(waiting: readonly Waiting[]): number {
  const counts: Record<PartKind, number> = { WRITE: 0, EVENT: 0 };
  const end = waiting.findIndex(({ kind }) => {
    counts[kind] += 1;
    return counts[kind] > mostParts[kind];
  });
  return end === -1 ? waiting.length : end;
}

/** A part of a bare group failed: nothing of the group can be committed as it is. */
class PartFailed extends Error {}

/** @throws what ended the transaction itself, or the part when it is alone; PartFailed */
async function take(member: Waiting, level: Level, sharing: Sharing): Promise<Ended> {
  const [changesBefore, eventsBefore] = [level.changes.length, level.leaves.length];
  const ended = (answer: () => void): Ended => ({
    answer,
    changes: level.changes.slice(changesBefore),
    events: [eventsBefore, level.leaves.length],
  });
  try {
    const value = await member.part(level, sharing);
    return ended(() => member.resolve(value));
  } catch (error) {
    if (sharing === 'ALONE') throw error;
    if (sharing === 'BARE') throw new PartFailed();
    // The transaction itself is lost.
    if (level.failure) throw level.failure;
    return ended(() => member.reject(error));
  }
}

/** Whether the database refused what was to be committed, rather than failed: then nothing was written, for certain. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof EstateError)) return false;
  return error.code === 'AUDIT_UNAVAILABLE' ? isRefusal(error.cause) : ['ALREADY_EXISTS', 'INPUT_INVALID', 'INTERNAL'].includes(error.code);
}
