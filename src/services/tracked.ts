import { isDeepStrictEqual } from 'node:util';
import type { Tracked } from '../domain/entity.js';
import type { Entities, Noun, Writer } from '../store/contract.js';
import type { Call } from './call.js';
import type { Estate } from './estate.js';
import { fresh } from './fresh.js';

/** Who makes something, and when: part of every operation's context. */
export interface Author {
  readonly estate: Pick<Estate, 'newId'>;
  readonly call: Pick<Call, 'principal'>;
  readonly now: string;
}

/** The common fields of an entity that the caller makes now. */
export function made({ estate, call, now }: Author): Tracked {
  const author = call.principal.id;
  return { id: estate.newId(), revision: 1, createdAt: now, createdBy: author, updatedAt: now, updatedBy: author };
}

/** The entity with a change and its author; the store raises the revision. */
export function changed<E extends Tracked>({ call, now }: Pick<Author, 'call' | 'now'>, entity: E, fields: Partial<E>): E {
  return { ...entity, ...fields, updatedAt: now, updatedBy: call.principal.id };
}

/**
 * Stores a change of an entity and answers it as it then is. Where the fields hold nothing new there is no change: the
 * revision that others have seen stays good.
 * @throws EstateError STALE_VERSION
 */
export async function storeChange<N extends Noun>(
  tx: Writer,
  author: Pick<Author, 'call' | 'now'>,
  noun: N,
  entity: Entities[N],
  fields: Partial<Entities[N]>,
): Promise<Entities[N]> {
  const current = await fresh(tx, noun, entity);
  const isNew = Object.entries(fields).some(([name, value]) => !isDeepStrictEqual(value, current[name as keyof Entities[N]]));
  return isNew ? await tx.update(noun, changed(author, current, fields)) : current;
}
