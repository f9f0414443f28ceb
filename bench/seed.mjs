/** Many keys put straight into a server's database while it is stopped: records without material, which pages do not ask for. */
import { randomUUID } from 'node:crypto';
import 'reflect-metadata';

const keysPerWrite = 5_000;

/** @param {string} file @param {{ vaultId: string, templateId: string, keys: number }} estate */
export async function seedKeys(file, { vaultId, templateId, keys }) {
  const { typeormStore } = await import('../dist/store/typeorm/typeorm-store.js');
  const store = await typeormStore({ type: 'sqlite', file });
  try {
    const now = new Date().toISOString();
    for (let start = 0; start < keys; start += keysPerWrite) {
      const labels = Array.from(
        { length: Math.min(keysPerWrite, keys - start) },
        (_, place) => `seed-${String(start + place).padStart(7, '0')}`,
      );
      await store.write((tx) =>
        tx.insertMany(
          'managedKey',
          labels.map((label) => keyOf({ vaultId, templateId, label, now })),
        ),
      );
    }
  } finally {
    await store.close();
  }
}

function keyOf({ vaultId, templateId, label, now }) {
  return {
    ...{ id: randomUUID(), revision: 1, createdAt: now, createdBy: 'bench', updatedAt: now, updatedBy: 'bench' },
    ...{ vaultId, templateId, templateVersion: 1, label, description: '', state: 'ACTIVE', algorithm: 'AES', size: '256' },
    ...{ origin: 'GENERATED', version: 1, activationDate: null, expirationDate: null, destructionDate: null, tags: [], labelTags: [] },
    ...{ targets: [], deactivateOnRotation: false, rotationPolicy: null, ownSettings: [] },
    lifecyclePolicy: { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false },
    ...{
      rotatedAt: null,
      rotationForcedAt: null,
      nextRotationAt: null,
      activatedAt: now,
      deactivatedAt: null,
      compromisedAt: null,
      destroyAt: null,
      destroyedAt: null,
    },
  };
}
