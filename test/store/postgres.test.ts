import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { describeWith } from '../programs.js';
import { conformance } from './conformance.js';
import { auditEvent, vault } from './entities.js';
import { hasPostgres, startPostgres, type TestPostgres } from './postgres.js';

describeWith('PostgreSQL', hasPostgres, 'typeormStore on PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  conformance(async () => {
    const url = await postgres.newDatabase();
    return { open: () => typeormStore({ type: 'postgres', url }), remove: async () => {} };
  });

  test('broken connections are replaced, and the lock is taken again', async () => {
    const url = await postgres.newDatabase();
    const store = await typeormStore({ type: 'postgres', url });
    const admin = new pg.Client({ connectionString: url });
    admin.on('error', () => {});
    await admin.connect();
    const breakAll = () =>
      admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kyok' AND datname = current_database()",
      );
    await store.audit.append(auditEvent());
    await breakAll();
    expect((await store.audit.append(auditEvent())).index).toBe(1);
    await Promise.all(Array.from({ length: 12 }, () => store.ping()));
    await breakAll();
    await Promise.all(Array.from({ length: 12 }, () => store.ping()));
    // In the middle of a transaction: it fails as a whole, the next one works.
    const broken = store.write(async (tx) => {
      await tx.insert('vault', vault());
      await breakAll();
      await tx.insert('vault', vault());
    });
    await expect(broken).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.write((tx) => tx.insert('vault', vault()));
    expect(await store.read.count('vault', {})).toBe(1);
    expect((await store.audit.append(auditEvent())).index).toBe(2);
    await expect(typeormStore({ type: 'postgres', url })).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await admin.end();
    await store.close();
  });

  test('S14: a store that lost the lock to another one goes on with what the other wrote, its rows and its log', async () => {
    const url = await postgres.newDatabase();
    const first = await typeormStore({ type: 'postgres', url });
    const kept = vault({ name: 'before' });
    await first.write((tx) => tx.insert('vault', kept));
    await first.audit.append(auditEvent());
    const nameAsRead = async () => [(await first.read.get('vault', kept.id))?.name, (await first.read.find('vault', {}))[0]?.name];
    expect(await nameAsRead()).toEqual(['before', 'before']);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kyok' AND datname = current_database()",
    );
    await admin.end();

    const second = await typeormStore({ type: 'postgres', url });
    await second.write(async (tx) => {
      await tx.update('vault', { ...kept, name: 'after' });
      await tx.appendAudit(auditEvent());
    });
    expect(await nameAsRead()).toEqual(['after', 'after']);
    await expect(first.audit.append(auditEvent())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await second.close();

    expect((await first.audit.append(auditEvent())).index).toBe(2);
    expect(await nameAsRead()).toEqual(['after', 'after']);
    expect(await first.write((tx) => tx.get('vault', kept.id))).toMatchObject({ name: 'after' });
    await first.close();
  });

  test('text that PostgreSQL cannot hold is INPUT_INVALID', async () => {
    const store = await typeormStore({ type: 'postgres', url: await postgres.newDatabase() });
    const inserting = store.write((tx) => tx.insert('vault', vault({ description: 'a\0b' })));
    await expect(inserting).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await store.close();
  });

  test('a server that cannot be reached is STORE_UNAVAILABLE, and the password stays out of it', async () => {
    const url = 'postgres://kyok:very-secret@127.0.0.1:1/kyok';
    const error: unknown = await typeormStore({ type: 'postgres', url }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('very-secret');
  });
});
