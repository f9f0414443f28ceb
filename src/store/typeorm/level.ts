import type { QueryRunner } from 'typeorm';
import type { AuditRecord } from '../../domain/audit-event.js';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Change, Noun } from '../contract.js';
import type { Leaf } from './audit-rows.js';
import { storeFailure } from './failures.js';
import { type Turns, turns } from './turns.js';

/** A transaction, or a nested one. Its statements and the transactions nested in it run one at a time. */
export interface Level {
  readonly runner: QueryRunner;
  readonly parent: Level | undefined;
  readonly depth: number;
  readonly turns: Turns;
  /** Number of events in the log before this level's own. */
  readonly firstIndex: number;
  readonly changes: Change[];
  readonly leaves: Leaf[];
  isOpen: boolean;
  /** The refusal of the database that keeps this level from being committed. */
  failure: EstateError | undefined;
}

export function outermostLevel(runner: QueryRunner, firstIndex: number): Level {
  return levelOf(runner, undefined, firstIndex);
}

export function nestedLevel(parent: Level): Level {
  return levelOf(parent.runner, parent, parent.firstIndex + parent.leaves.length);
}

function levelOf(runner: QueryRunner, parent: Level | undefined, firstIndex: number): Level {
  const depth = parent ? parent.depth + 1 : 0;
  return { runner, parent, depth, turns: turns(), firstIndex, changes: [], leaves: [], isOpen: true, failure: undefined };
}

/** Whether a level is the other or nested in it. */
export function isWithin(level: Level, other: Level): boolean {
  return level === other || (level.parent !== undefined && isWithin(level.parent, other));
}

/** Appends an event to the log when the level is committed; answers its record. */
export function appendLeaf({ leaves, firstIndex }: Level, leaf: Leaf): AuditRecord {
  leaves.push(leaf);
  return { index: firstIndex + leaves.length - 1, event: leaf.event, leafHash: leaf.hash };
}

/** Whether the level, or one around it, has changed this entity; without an id, any of the noun. */
export function hasTouched({ changes, parent }: Level, noun: Noun, id?: Id): boolean {
  const isTouched = changes.some((change) => change.noun === noun && (id === undefined || change.id === id));
  return isTouched || (parent !== undefined && hasTouched(parent, noun, id));
}

/** What a nested level did becomes its parent's. */
export function adopt(parent: Level, { changes, leaves }: Level): void {
  parent.changes.push(...changes);
  parent.leaves.push(...leaves);
}

/** Runs a statement of a level; a refusal of the database marks the level, what we refuse ourselves does not. */
export async function guarded<T>(level: Level, statement: () => Promise<T>): Promise<T> {
  if (level.failure) throw level.failure;
  try {
    return await statement();
  } catch (error) {
    const failure = storeFailure(error);
    if (!(error instanceof EstateError)) level.failure = failure;
    throw failure;
  }
}
