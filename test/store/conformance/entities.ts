import { expect, test } from 'vitest';
import type { Noun } from '../../../src/store/contract.js';
import type { Subject } from '../conformance.js';
import { everyNoun, keyInstance, keystore, managedKey, tracked, vault } from '../entities.js';

export function entityTests(subject: () => Subject): void {
  test('every noun comes back as it went in, also after the store was opened again', async () => {
    const entities = everyNoun();
    const nouns = Object.keys(entities) as Noun[];
    // Children first: references are checked when the transaction ends.
    await subject().store.write(async (tx) => {
      for (const noun of nouns.toReversed()) await tx.insert(noun, entities[noun]);
      for (const noun of nouns) expect(await tx.get(noun, entities[noun].id)).toStrictEqual(entities[noun]);
    });
    const store = await subject().reopen();
    for (const noun of nouns) {
      const [found] = await store.read.find(noun, {});
      expect(found).toStrictEqual(entities[noun]);
    }
    const bytes = (await store.read.get('keyBlob', entities.keyBlob.id))?.blob;
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });

  test('getMany keeps the order of the ids, repeats what is asked twice and leaves out what is absent', async () => {
    const { store } = subject();
    const [a, b] = [vault(), vault()];
    await store.write((tx) => tx.insertMany('vault', [a, b]));
    const found = await store.read.getMany('vault', [b.id, 'absent', a.id, b.id]);
    expect(found.map(({ id }) => id)).toEqual([b.id, a.id, b.id]);
    expect(await store.read.getMany('vault', [])).toEqual([]);
    expect(await store.read.get('vault', 'absent')).toBeUndefined();
  });

  test('two and a half thousand entities go in at once and are found by id', async () => {
    const { store } = subject();
    const many = Array.from({ length: 2_500 }, () => vault({ name: 'many' }));
    await store.write((tx) => tx.insertMany('vault', many));
    expect(await store.read.count('vault', { name: { eq: 'many' } })).toBe(2_500);
    const ids = many.map(({ id }) => id);
    expect((await store.read.getMany('vault', ids)).map(({ id }) => id)).toEqual(ids);
    expect(await store.write((tx) => tx.deleteWhere('vault', { id: { in: ids } }))).toBe(2_500);
  });

  test('update raises the revision; a stale one is refused and changes nothing', async () => {
    const { store } = subject();
    const made = vault();
    await store.write((tx) => tx.insert('vault', made));
    const updated = await store.write((tx) => tx.update('vault', { ...made, name: 'second' }));
    expect(updated).toEqual({ ...made, name: 'second', revision: 2 });
    const stale = store.write((tx) => tx.update('vault', { ...made, name: 'third' }));
    await expect(stale).rejects.toMatchObject({ code: 'STALE_VERSION' });
    const absent = store.write((tx) => tx.update('vault', vault()));
    await expect(absent).rejects.toMatchObject({ code: 'STALE_VERSION' });
    expect(await store.read.get('vault', made.id)).toEqual(updated);
  });

  test('a refused revision does not keep the transaction from going on', async () => {
    const { store } = subject();
    const made = vault();
    await store.write(async (tx) => {
      await tx.insert('vault', made);
      await expect(tx.update('vault', { ...made, revision: 9 })).rejects.toMatchObject({ code: 'STALE_VERSION' });
      await tx.update('vault', { ...made, name: 'renamed' });
    });
    expect(await store.read.get('vault', made.id)).toMatchObject({ name: 'renamed', revision: 2 });
  });

  test('observe leaves the revision, so that a reader before it may still update', async () => {
    const { store } = subject();
    const aVault = vault();
    const aKeystore = keystore({ vaultId: aVault.id });
    const aKey = managedKey({ vaultId: aVault.id });
    const instance = keyInstance({ vaultId: aVault.id, managedKeyId: aKey.id, keystoreId: aKeystore.id });
    await store.write(async (tx) => {
      await tx.insert('vault', aVault);
      await tx.insert('keystore', aKeystore);
      await tx.insert('managedKey', aKey);
      await tx.insert('keyInstance', instance);
    });
    const error = { code: 'TIMED_OUT', message: 'm', remedy: 'r' };
    await store.write((tx) => tx.observe('keyInstance', instance.id, { attempts: 3, error, nextAttemptAt: null }));
    expect(await store.read.get('keyInstance', instance.id)).toEqual({ ...instance, attempts: 3, error, nextAttemptAt: null });
    await store.write((tx) => tx.update('keyInstance', { ...instance, name: 'other' }));
    await store.write((tx) => tx.observe('keyInstance', 'absent', { attempts: 1 }));
    const revising = store.write((tx) => tx.observe('keyInstance', instance.id, { revision: 7 }));
    await expect(revising).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('what the database keeps unique is refused as ALREADY_EXISTS', async () => {
    const { store } = subject();
    const principal = { ...tracked(), kind: 'USER', name: 'p', description: '' } as const;
    const key = { ...tracked(), principalId: principal.id, name: 'k', secretHash: 'only once', expiresAt: null, revokedAt: null };
    await store.write(async (tx) => {
      await tx.insert('principal', principal);
      await tx.insert('apiKey', key);
    });
    const again = store.write((tx) => tx.insert('apiKey', { ...key, ...tracked() }));
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const sameId = store.write((tx) => tx.insert('principal', principal));
    await expect(sameId).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  test('errors say nothing of the values', async () => {
    const { store } = subject();
    const setting = { ...tracked(), name: 'once', value: 'a-secret-value' };
    await store.write((tx) => tx.insert('systemSetting', setting));
    const error: unknown = await store
      .write((tx) => tx.insert('systemSetting', { ...setting, ...tracked() }))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ALREADY_EXISTS' });
    const told = JSON.stringify(error, (_, value: unknown) =>
      value instanceof Error ? { ...value, m: value.message, c: value.cause } : value,
    );
    expect(told).not.toContain('a-secret-value');
  });

  test('a child without its parent is not committed', async () => {
    const { store } = subject();
    const orphan = keystore({ vaultId: 'nowhere' });
    await expect(store.write((tx) => tx.insert('keystore', orphan))).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await store.read.get('keystore', orphan.id)).toBeUndefined();
    await store.write((tx) => tx.insert('vault', vault()));
  });

  test('delete and deleteWhere remove, and say how many', async () => {
    const { store } = subject();
    const made = [vault({ name: 'gone' }), vault({ name: 'gone' }), vault({ name: 'stays' })];
    await store.write((tx) => tx.insertMany('vault', made));
    await store.write((tx) => tx.delete('vault', made[0]?.id ?? ''));
    await store.write((tx) => tx.delete('vault', 'absent'));
    expect(await store.write((tx) => tx.deleteWhere('vault', { name: { eq: 'gone' } }))).toBe(1);
    expect(await store.read.find('vault', { name: { in: ['gone', 'stays'] } })).toEqual([made[2]]);
  });
}
