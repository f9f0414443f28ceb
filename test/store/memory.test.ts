import { describe, expect, test } from 'vitest';
import { memoryDisk } from '../fakes/memory-store/disk.js';
import { conformance } from './conformance.js';
import { auditEvent, vault } from './entities.js';

describe('memoryStore', () => {
  conformance(async () => ({ ...memoryDisk(), remove: async () => {} }));

  test('a crash takes what was not committed, and the dead store reaches the disk no more', async () => {
    const disk = memoryDisk();
    const store = await disk.open();
    await store.write((tx) => tx.insert('vault', vault({ name: 'kept' })));
    const dying = store.write(async (tx) => {
      await tx.insert('vault', vault({ name: 'lost' }));
      await tx.appendAudit(auditEvent());
      disk.crash();
    });
    await expect(dying).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.audit.append(auditEvent())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    const next = await disk.open();
    expect((await next.read.find('vault', {})).map(({ name }) => name)).toEqual(['kept']);
    expect(await next.audit.size()).toBe(0);
  });

  test('a fork is a copy of what is durable, and goes its own way', async () => {
    const disk = memoryDisk();
    const store = await disk.open();
    await store.write((tx) => tx.insert('vault', vault({ name: 'before' })));
    const fork = await disk.fork().open();
    await store.audit.append(auditEvent());
    await fork.write((tx) => tx.insert('vault', vault({ name: 'there' })));
    expect([await store.read.count('vault', {}), await fork.read.count('vault', {})]).toEqual([1, 2]);
    expect([await store.audit.size(), await fork.audit.size()]).toEqual([1, 0]);
  });
});
