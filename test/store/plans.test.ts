/** Questions that are asked whenever a key is made or installed must not read more the more keys there are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reader } from '../../src/store/contract.js';
import { writeCursor } from '../../src/store/typeorm/cursor.js';
import { migrate } from '../../src/store/typeorm/data-source.js';
import { sqliteDialect } from '../../src/store/typeorm/dialect.js';
import { closeAll, connectSqlite } from '../../src/store/typeorm/open-sqlite.js';
import { reader } from '../../src/store/typeorm/reader.js';

describe('SQLite answers by an index', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-plans-'));
  const opened: DataSource[] = [];
  beforeAll(async () => {
    await migrate(await connectSqlite(join(folder, 'kyok.sqlite'), opened, []));
  });
  afterAll(async () => {
    await closeAll(opened);
    rmSync(folder, { recursive: true });
  });

  /** How the database would answer what is asked. */
  async function planOf(ask: (read: Reader) => Promise<unknown>): Promise<string> {
    const steps: string[] = [];
    const [source] = opened as [DataSource];
    const query = async (sql: string, parameters: unknown[]) => {
      const plan: { detail: string }[] = await source.query(`EXPLAIN QUERY PLAN ${sql}`, parameters);
      steps.push(...plan.map(({ detail }) => detail));
      return [];
    };
    const manager = { connection: source, query } as unknown as EntityManager;
    await ask(reader((statement) => statement(manager), sqliteDialect));
    return steps.join('\n');
  }

  const cursorAt = (label: string) =>
    writeCursor(
      'managedKey',
      [
        { field: 'label', descending: false },
        { field: 'id', descending: false },
      ],
      [label, 'i'],
    );
  const due = { lte: '2030-01-01T00:00:00.000Z' };
  const questions: Readonly<Record<string, readonly [index: string, ask: (read: Reader) => Promise<unknown>]>> = {
    'who bears a label': [
      'managed_key_vault_label (vault_id=? AND label=?)',
      (read) => read.find('managedKey', { vaultId: { eq: 'v' }, label: { eq: 'l' } }, 2),
    ],
    'a page that lies deep': [
      'managed_key_label (label>?)',
      (read) => read.page('managedKey', { sort: [{ field: 'label' }], limit: 100, cursor: cursorAt('l') }),
    ],
    'who bears a name in a keystore': [
      'key_instance_name (keystore_id=? AND name=?)',
      (read) => read.find('keyInstance', { keystoreId: { in: ['k'] }, name: { in: ['n'] }, managedKeyId: { ne: 'm' } }),
    ],
    'where something is due': [
      'COVERING INDEX key_instance_due',
      (read) => read.countBy('keyInstance', 'keystoreId', { nextAttemptAt: due }),
    ],
    'what is due in a keystore': [
      'key_instance_due_in (keystore_id=? AND next_attempt_at<?)',
      (read) =>
        read.page('keyInstance', {
          where: { keystoreId: { eq: 'k' }, nextAttemptAt: due, id: { notIn: ['i'] } },
          sort: [{ field: 'nextAttemptAt' }],
          limit: 8,
        }),
    ],
    'what falls due next': [
      'key_instance_due (next_attempt_at>?)',
      (read) => read.page('keyInstance', { where: { nextAttemptAt: { gt: due.lte } }, sort: [{ field: 'nextAttemptAt' }], limit: 1 }),
    ],
  };
  test.each(Object.entries(questions))('%s', async (_what, [index, ask]) => {
    const plan = await planOf(ask);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/^SCAN e(?! USING COVERING INDEX key_instance_due)/m);
  });
});
