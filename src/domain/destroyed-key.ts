import type { Timestamp, Tracked } from './entity.js';

/**
 * A key whose blobs must never open again; its id is the one that they are bound to (a managed key's, an import key's).
 * Kept for ever: it outlives the key's own record.
 */
export interface DestroyedKey extends Tracked {
  /** When the HSM had taken it into its memory; `null` while it is still to be told. */
  readonly toldAt: Timestamp | null;
}
