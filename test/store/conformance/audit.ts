import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AuditRecord } from '../../../src/domain/audit-event.js';
import { canonicalJson } from '../../../src/domain/canonical-json.js';
import type { JsonValue } from '../../../src/domain/entity.js';
import type { AuditLog } from '../../../src/store/contract.js';
import type { Subject } from '../conformance.js';
import { auditEvent, vault } from '../entities.js';

const sha256 = (...parts: readonly Uint8Array[]) => new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

/** The tree computed a second time, level by level. */
async function expectTree(log: AuditLog): Promise<void> {
  const size = await log.size();
  const records: AuditRecord[] = [];
  while (records.length < size) records.push(...(await log.read(records.length, 100)));
  expect(records.map(({ index }) => index)).toEqual(records.map((_, index) => index));
  let hashes = records.map(({ event }) => sha256(Uint8Array.of(0), Buffer.from(canonicalJson(event as unknown as JsonValue))));
  expect(records.map(({ leafHash }) => leafHash)).toEqual(hashes);
  for (let level = 0; hashes.length > 0; level += 1) {
    for (const [position, hash] of hashes.entries()) expect(await log.node(level, position)).toEqual(hash);
    expect(await log.node(level, hashes.length)).toBeUndefined();
    const pairs = Array.from({ length: Math.floor(hashes.length / 2) }, (_, pair) => hashes.slice(2 * pair, 2 * pair + 2));
    hashes = pairs.map((pair) => sha256(Uint8Array.of(1), ...pair));
  }
}

export function auditTests(subject: () => Subject): void {
  test('an empty log has size 0 and no nodes', async () => {
    const { audit } = subject().store;
    expect([await audit.size(), await audit.read(0, 10), await audit.node(0, 0)]).toEqual([0, [], undefined]);
  });

  test('indexes have no gaps under mixed load, and the tree is the one a plain computation gives', async () => {
    const { store } = subject();
    const records: AuditRecord[] = [];
    const failed = new Error('the work failed');
    const work = Array.from({ length: 90 }, async (_, index) => {
      if (index % 3 > 0) return void records.push(await store.audit.append(auditEvent()));
      const write = store.write(async (tx) => {
        await tx.insert('vault', vault());
        const own = [await tx.appendAudit(auditEvent()), await tx.appendAudit(auditEvent())];
        if (index % 2 > 0) throw failed;
        return own;
      });
      await write.then(
        (own) => records.push(...own),
        (error: unknown) => expect(error).toBe(failed),
      );
    });
    await Promise.all(work);
    expect(records).toHaveLength(90);
    expect(records.map(({ index }) => index).sort((a, b) => a - b)).toEqual(records.map((_, index) => index));
    for (const record of records) expect(await store.audit.find(record.event.id)).toStrictEqual(record);
    await expectTree(store.audit);
  });

  test('the log goes on where it ended when the store is opened again', async () => {
    const { audit } = await subject().reopen();
    const size = await audit.size();
    for (let more = 0; more < 5; more += 1) expect((await audit.append(auditEvent())).index).toBe(size + more);
    await expectTree(audit);
  });

  test('a transaction of 600 events and one of 300 waiting ones fit', async () => {
    const { store } = subject();
    const size = await store.audit.size();
    await store.write(async (tx) => {
      for (let count = 0; count < 600; count += 1) await tx.appendAudit(auditEvent());
    });
    const appended = await Promise.all(Array.from({ length: 300 }, () => store.audit.append(auditEvent())));
    expect(appended.map(({ index }) => index)).toEqual(appended.map((_, position) => size + 600 + position));
    await expectTree(store.audit);
  });

  test('an event that is refused does not take its neighbours with it', async () => {
    const { audit } = subject().store;
    const twice = auditEvent();
    await audit.append(twice);
    const results = await Promise.allSettled([auditEvent(), twice, auditEvent()].map((event) => audit.append(event)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'AUDIT_UNAVAILABLE' } });
    await expectTree(audit);
  });

  test('a refused event takes its transaction with it', async () => {
    const { store } = subject();
    const [known] = await store.audit.read(0, 1);
    const made = vault();
    const refused = store.write(async (tx) => {
      await tx.insert('vault', made);
      await tx.appendAudit(known?.event ?? auditEvent());
    });
    await expect(refused).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await store.read.get('vault', made.id)).toBeUndefined();
    await expectTree(store.audit);
  });

  test('append inside a transaction is refused instead of waiting for itself', async () => {
    const { store } = subject();
    const inside = store.write(() => store.audit.append(auditEvent()));
    await expect(inside).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('lists by filter, newest first or ascending, from an index on', async () => {
    const { audit } = subject().store;
    const target = { kind: 'managed-key', id: 'key-1', name: null, vaultId: 'vault-1' };
    const initiator = { ...auditEvent().initiator, principalId: 'lister' };
    const given = [
      { action: 'managed-key.rotate', time: '2030-01-01T00:00:00.000Z', target },
      { action: 'managed-key.read', time: '2030-01-02T00:00:00.000Z', target: { ...target, id: 'key-2' } },
      {
        action: 'managed-keystore.read',
        time: '2030-01-03T00:00:00.000Z',
        target: { ...target, vaultId: 'vault-2' },
        outcome: 'FAILURE',
        requestId: 'q',
      },
    ] as const;
    const ids: string[] = [];
    for (const fields of given) ids.push((await audit.append(auditEvent({ ...fields, initiator }))).event.id);
    const found = async (filter: Parameters<AuditLog['list']>[0], ascending = true) => {
      const records = await audit.list({ principalId: 'lister', ...filter }, { limit: 10, ascending });
      return records.map(({ event }) => ids.indexOf(event.id));
    };
    expect(await found({})).toEqual([0, 1, 2]);
    expect(await found({}, false)).toEqual([2, 1, 0]);
    expect(await found({ action: 'managed-key.read' })).toEqual([1]);
    expect(await found({ actionPrefix: 'managed-key.' })).toEqual([0, 1]);
    expect(await found({ outcome: 'FAILURE' })).toEqual([2]);
    expect(await found({ targetId: 'key-1' })).toEqual([0, 2]);
    expect(await found({ vaultIds: ['vault-1', 'other'] })).toEqual([0, 1]);
    expect(await found({ vaultIds: [] })).toEqual([]);
    expect(await found({ requestId: 'q' })).toEqual([2]);
    expect(await found({ from: '2030-01-02T00:00:00.000Z' })).toEqual([1, 2]);
    expect(await found({ from: '2030-01-01T12:00:00.000Z', to: '2030-01-02T00:00:00.000Z' })).toEqual([1]);
    const [newest] = await audit.list({}, { limit: 1 });
    const before = await audit.list({ principalId: 'lister' }, { limit: 1, after: newest?.index ?? 0 });
    expect(before.map(({ event }) => ids.indexOf(event.id))).toEqual([1]);
  });
}
