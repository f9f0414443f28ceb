import type { Id } from '../../domain/entity.js';
import type { Keystore } from '../../domain/keystore.js';
import type { KeystoreConnection } from '../../keystores/contract.js';
import type { Estate } from '../estate.js';
import { connectKeystore } from '../keystore-health.js';

/** Open connections, one per keystore. */
export interface Connections {
  /** @throws EstateError KEYSTORE_TYPE_UNKNOWN, HSM_SEALED, KEYSTORE_UNREACHABLE, KEYSTORE_REFUSED */
  to(keystore: Keystore): Promise<KeystoreConnection>;
  /** Forgets a connection, so that the next step opens a new one. */
  drop(keystoreId: Id): void;
  closeAll(): Promise<void>;
}

interface Held {
  readonly revision: number;
  readonly opening: Promise<KeystoreConnection>;
}

/** A connection lives as long as the revision of the keystore it was made for. */
export function connections(estate: Estate): Connections {
  const held = new Map<Id, Held>();
  const drop = (keystoreId: Id) => {
    const old = held.get(keystoreId);
    held.delete(keystoreId);
    if (old) void close(estate, keystoreId, old.opening);
  };
  return {
    to: async (keystore) => {
      const present = held.get(keystore.id);
      if (present?.revision === keystore.revision) return await present.opening;
      drop(keystore.id);
      const opening = connectKeystore(estate, keystore);
      held.set(keystore.id, { revision: keystore.revision, opening });
      opening.catch(() => {
        if (held.get(keystore.id)?.opening === opening) held.delete(keystore.id);
      });
      return await opening;
    },
    drop,
    closeAll: async () => {
      const all = [...held];
      held.clear();
      await Promise.all(all.map(([keystoreId, { opening }]) => close(estate, keystoreId, opening)));
    },
  };
}

async function close(estate: Estate, keystoreId: Id, opening: Promise<KeystoreConnection>): Promise<void> {
  const connection = await opening.catch(() => undefined);
  try {
    await connection?.close();
  } catch (err) {
    estate.log.warn({ err, keystoreId }, 'a keystore connection did not close');
  }
}
