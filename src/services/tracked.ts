import type { Tracked } from '../domain/entity.js';
import type { Call } from './call.js';
import type { Estate } from './estate.js';

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
