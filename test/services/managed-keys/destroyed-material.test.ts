/** S30: once a key is destroyed, nothing of its material is left in the database's files. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { type KeyEstate, keyEstate, ringTarget } from './key-estate.js';

let at: KeyEstate;
beforeEach(async () => {
  at = await keyEstate();
});
afterEach(async () => {
  await at.close();
});

test.each([
  ['AES', '256'],
  ['RSA', '2048'],
])('S30: blobs of a destroyed key (%s %s) are in neither file when the answer leaves', async (algorithm, size) => {
  const { id } = await at.make({ template: { key: { algorithm, size }, targets: [ringTarget] } });
  await at.run(rotateManagedKey, { id });
  const versions = await at.versions(id);
  const blobs = await at.estate.store.read.getMany(
    'keyBlob',
    versions.flatMap(({ blobId }) => blobId ?? []),
  );
  const files = [join(at.folder, 'kyok.db'), join(at.folder, 'kyok.db-wal')];
  const found = () => {
    const bytes = Buffer.concat(files.filter((path) => existsSync(path)).map((path) => readFileSync(path)));
    return blobs.filter(({ blob }) => bytes.includes(Buffer.from(blob.slice(-32)))).length;
  };
  expect(found()).toBe(2);
  expect(await at.run(destroyManagedKey, { id })).toMatchObject({ state: 'DESTROYED' });
  expect(found()).toBe(0);
});
