import { systemCall } from '../../call.js';
import type { Estate } from '../../estate.js';
import { changed, made } from '../../tracked.js';

/** Where a sink goes on after a restart: the index of the next event, kept beside the log, so that both are restored together. */
export interface Cursor {
  load(): Promise<number>;
  save(next: number): Promise<void>;
}

export function sinkCursor(foundation: Pick<Estate, 'store' | 'now' | 'newId'>, sink: string): Cursor {
  const { store, now, newId } = foundation;
  const name = `audit-sink.${sink}`;
  const byName = { name: { eq: name } };
  return {
    load: async () => {
      const [known] = await store.read.find('systemSetting', byName);
      return known ? Number(known.value) : 0;
    },
    save: async (next) => {
      const author = { estate: { newId }, call: systemCall('delivery', newId()), now: now() };
      const value = String(next);
      await store.write(async (tx) => {
        const [known] = await tx.find('systemSetting', byName);
        if (known) await tx.update('systemSetting', changed(author, known, { value }));
        else await tx.insert('systemSetting', { ...made(author), name, value });
      });
    },
  };
}
