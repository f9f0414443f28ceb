import type { Place } from './operation.js';

/** Where lists happen: allowed to whoever holds the action anywhere; the list itself shows only what that admits. */
export function everywhere(kind: string): () => Promise<Place<null>> {
  return async () => ({ subject: null, scope: { anywhere: true }, target: { kind, id: null, name: null, vaultId: null } });
}

/** Where operations on the instance itself happen. */
export function onInstance(kind: string): () => Promise<Place<null>> {
  return async () => ({ subject: null, scope: {}, target: { kind, id: null, name: null, vaultId: null } });
}
