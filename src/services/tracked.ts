import type { Tracked } from '../domain/entity.js';
import type { Context } from './operation.js';

/** The common fields of an entity that the caller makes now. */
export function made({ estate, call, now }: Context): Tracked {
  const author = call.principal.id;
  return { id: estate.newId(), revision: 1, createdAt: now, createdBy: author, updatedAt: now, updatedBy: author };
}

/** The entity with a change and its author; the store raises the revision. */
export function changed<E extends Tracked>({ call, now }: Pick<Context, 'call' | 'now'>, entity: E, fields: Partial<E>): E {
  return { ...entity, ...fields, updatedAt: now, updatedBy: call.principal.id };
}
