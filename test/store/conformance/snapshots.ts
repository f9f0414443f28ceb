import { expect, test } from 'vitest';
import type { Snapshot } from '../../../src/store/contract.js';
import type { Subject } from '../conformance.js';
import { auditEvent, vault } from '../entities.js';

export function snapshotTests(subject: () => Subject): void {
  test('a snapshot sees what was committed before it and nothing of what comes after, and writers do not wait for it', async () => {
    const { store } = subject();
    const before = vault({ name: 'before' });
    await store.write(async (tx) => {
      await tx.insert('vault', before);
      await tx.appendAudit(auditEvent());
    });
    const size = await store.audit.size();
    const root = await store.audit.node(0, size - 1);
    const later = vault({ name: 'after' });
    await store.snapshot(async ({ read, audit }) => {
      await store.write(async (tx) => {
        await tx.insert('vault', later);
        await tx.update('vault', { ...before, name: 'renamed' });
        await tx.appendAudit(auditEvent());
      });
      await store.audit.append(auditEvent());
      expect(await store.read.get('vault', later.id)).toBeDefined();
      expect(await read.find('vault', { id: { in: [before.id, later.id] } })).toEqual([before]);
      expect(await audit.size()).toBe(size);
      expect(await audit.read(size, 10)).toEqual([]);
      expect([await audit.node(0, size - 1), await audit.node(0, size)]).toEqual([root, undefined]);
    });
    expect(await store.audit.size()).toBe(size + 2);
  });

  test('several snapshots stand at moments of their own', async () => {
    const { store } = subject();
    const first = await store.audit.size();
    const sizes = await store.snapshot(async (outer) => {
      await store.audit.append(auditEvent());
      return await store.snapshot(async (inner) => [await outer.audit.size(), await inner.audit.size()]);
    });
    expect(sizes).toEqual([first, first + 1]);
  });

  test('a failure of the work is its own, and the next snapshot works', async () => {
    const { store } = subject();
    const failed = new Error('the work failed');
    await expect(store.snapshot(() => Promise.reject(failed))).rejects.toBe(failed);
    expect(await store.snapshot(({ audit }) => audit.size())).toBe(await store.audit.size());
  });

  test('a snapshot used after its end, or asked for inside a write, is refused', async () => {
    const { store } = subject();
    let kept: Snapshot | undefined;
    await store.snapshot(async (snapshot) => {
      kept = snapshot;
    });
    await expect(kept?.read.count('vault', {})).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(kept?.audit.size()).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(store.write(() => store.snapshot(async () => {}))).rejects.toMatchObject({ code: 'INTERNAL' });
  });
}
