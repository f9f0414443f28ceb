/** What every keystore type must do, whatever it is: the promises of `src/keystores/contract.ts`. */
import { afterEach, describe, expect, test } from 'vitest';
import type { KeystoreConnection, KeyToPlace, VersionToPlace } from '../../src/keystores/contract.js';

/** A keystore to try, and the material to try it with. */
export interface KeystoreUnderTest {
  readonly connection: KeystoreConnection;
  /** A key that the keystore does not hold. */
  newKey(): Promise<KeyToPlace>;
  /** Material for a version of that key; the same version is always the same material. */
  version(key: KeyToPlace, version: number): Promise<VersionToPlace>;
  /** A time in the keystore's future that it takes for the end of a pending period. */
  readonly until: string;
  close(): Promise<void>;
}

/** Runs the promises against a keystore that `open` connects to anew for each test. */
export function keystoreConformance(name: string, open: () => Promise<KeystoreUnderTest>): void {
  let keystore: KeystoreUnderTest;
  let key: KeyToPlace;
  afterEach(async () => await keystore.close());

  async function ready(versions = 0): Promise<KeystoreConnection> {
    keystore = await open();
    key = await keystore.newKey();
    for (let number = 1; number <= versions; number += 1) await keystore.connection.install(key, await keystore.version(key, number));
    return keystore.connection;
  }

  describe(`keystore ${name}`, () => {
    test('says that the connection works', async () => {
      const connection = await ready();
      expect((await connection.test()).message).not.toBe('');
    });

    test('holds nothing of a key that was never installed', async () => {
      const connection = await ready();
      expect(await connection.inspect(key)).toBeNull();
    });

    test('installs a key once, however often it is asked', async () => {
      const connection = await ready(1);
      const before = await connection.inspect(key);
      await connection.install(key, await keystore.version(key, 1));
      expect(await connection.inspect(key)).toEqual(before);
      expect(before).toMatchObject({ managedKeyId: key.managedKeyId, name: key.name, state: 'ACTIVE', pendingUntil: null });
      const { fingerprint } = await keystore.version(key, 1);
      expect(before?.versions).toMatchObject([{ version: 1, fingerprint, state: 'ACTIVE', isCurrent: true }]);
      expect(await listed(connection)).toEqual([key.managedKeyId]);
    });

    test('makes the newest version the current one and keeps the older ones', async () => {
      const connection = await ready(3);
      await connection.install(key, await keystore.version(key, 3));
      const seen = (await connection.inspect(key))?.versions.map(({ version, isCurrent }) => [version, isCurrent]);
      expect(seen).toEqual([
        [1, false],
        [2, false],
        [3, true],
      ]);
    });

    test('deactivates and activates a key, and one version alone', async () => {
      const connection = await ready(2);
      for (const state of ['DEACTIVATED', 'ACTIVE'] as const) {
        await connection.setState(key, state);
        await connection.setState(key, state);
        expect((await connection.inspect(key))?.state).toBe(state);
      }
      await connection.setVersionState(key, 1, 'DEACTIVATED');
      await connection.setVersionState(key, 1, 'DEACTIVATED');
      const versions = (await connection.inspect(key))?.versions.map(({ state }) => state);
      expect(versions).toEqual(['DEACTIVATED', 'ACTIVE']);
    });

    test('renames a key', async () => {
      const connection = await ready(1);
      await connection.rename(key, 'another-name');
      await connection.rename(key, 'another-name');
      expect((await connection.inspect(key))?.name).toBe('another-name');
    });

    test('counts down a destruction that can be cancelled', async () => {
      const connection = await ready(1);
      await connection.setState(key, 'DEACTIVATED');
      await connection.scheduleDestruction(key, keystore.until);
      await connection.scheduleDestruction(key, keystore.until);
      const pending = await connection.inspect(key);
      expect(pending?.state).toBe('PENDING_DESTRUCTION');
      expect(String(pending?.pendingUntil) <= keystore.until).toBe(true);
      await connection.cancelDestruction(key);
      await connection.cancelDestruction(key);
      expect(await connection.inspect(key)).toMatchObject({ state: 'DEACTIVATED', pendingUntil: null });
    });

    test('destroys a key for good, and once', async () => {
      const connection = await ready(2);
      await connection.destroy(key);
      await connection.destroy(key);
      expect((await connection.inspect(key))?.state ?? 'DESTROYED').toBe('DESTROYED');
      expect(await listed(connection)).toEqual([]);
    });
  });
}

async function listed(connection: KeystoreConnection): Promise<string[]> {
  const ids: string[] = [];
  for await (const { managedKeyId } of connection.list()) ids.push(managedKeyId);
  return ids;
}
