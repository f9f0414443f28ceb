import type { Id } from '../../domain/entity.js';
import { systemCall } from '../call.js';
import type { Estate } from '../estate.js';

const settingName = 'instance.id';

/** The instance's own id, made when a database is opened for the first time. */
export async function ensureInstanceId({ store, now, newId }: Pick<Estate, 'store' | 'now' | 'newId'>): Promise<Id> {
  const [known] = await store.read.find('systemSetting', { name: { eq: settingName } });
  if (known) return known.value;
  const author = systemCall('setup', newId()).principal.id;
  const value = newId();
  const time = now();
  const tracked = { id: newId(), revision: 1, createdAt: time, createdBy: author, updatedAt: time, updatedBy: author };
  await store.write((tx) => tx.insert('systemSetting', { ...tracked, name: settingName, value }));
  return value;
}
