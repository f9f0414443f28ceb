import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Committed, Reader, Writer } from '../../../src/store/contract.js';
import type { Subject } from '../conformance.js';
import { auditEvent, keystore, vault } from '../entities.js';

const failed = new Error('the work failed');

export function transactionTests(subject: () => Subject): void {
  const insert = (name: string) => subject().store.write((tx) => tx.insert('vault', vault({ name })));
  const count = (name: string) => subject().store.read.count('vault', { name: { eq: name } });

  test('T1: a transaction that rolls back takes nothing of the one beside it', async () => {
    const { store } = subject();
    const rolledBack = store.write(async (tx) => {
      await tx.insert('vault', vault({ name: 't1-a' }));
      await wait(20);
      throw failed;
    });
    const committed = insert('t1-b');
    await expect(rolledBack).rejects.toBe(failed);
    await committed;
    expect([await count('t1-a'), await count('t1-b')]).toEqual([0, 1]);
  });

  test('T2: a read outside of a transaction sees what is committed only, a read inside what is done', async () => {
    await subject().store.write(async (tx) => {
      await tx.insert('vault', vault({ name: 't2' }));
      expect(await count('t2')).toBe(0);
      expect(await tx.count('vault', { name: { eq: 't2' } })).toBe(1);
    });
    expect(await count('t2')).toBe(1);
  });

  test('a read inside sees what its transaction did, also through other nouns', async () => {
    const { store } = subject();
    const [made, other] = [vault({ name: 'through' }), vault({ name: 'through-other' })];
    const ring = keystore({ vaultId: made.id });
    await store.write((tx) => tx.insertMany('vault', [made, other]));
    const ofRing = { id: { within: { noun: 'keystore', field: 'vaultId', where: { id: { eq: ring.id } } } } } as const;
    const read = async (reader: Reader) => (await reader.find('vault', ofRing)).map(({ name }) => name);
    expect(await read(store.read)).toEqual([]);
    await store.write(async (tx) => {
      expect(await tx.get('vault', made.id)).toEqual(made);
      await tx.insert('keystore', ring);
      expect(await read(tx)).toEqual(['through']);
      await store.write(async (nested) => {
        await nested.update('keystore', { ...ring, vaultId: other.id });
        await nested.update('vault', { ...other, name: 'through-renamed' });
        expect(await nested.get('vault', other.id)).toMatchObject({ name: 'through-renamed', revision: 2 });
        expect(await read(nested)).toEqual(['through-renamed']);
      });
      expect(await tx.find('vault', { name: { eq: 'through-other' } })).toEqual([]);
    });
    expect(await read(store.read)).toEqual(['through-renamed']);
    expect(await store.read.get('vault', other.id)).toMatchObject({ name: 'through-renamed' });
  });

  test('T3: what was acknowledged while another transaction rolls back is there', async () => {
    const { store } = subject();
    const acknowledged: string[] = [];
    const writers = Array.from({ length: 12 }, async (_, index) => {
      const name = `t3-${index}`;
      const work = async (tx: Writer) => {
        await tx.insert('vault', vault({ name }));
        if (index % 2 === 0) throw failed;
      };
      await store.write(work).then(
        () => acknowledged.push(name),
        () => {},
      );
    });
    await Promise.all(writers);
    const found = await store.read.find('vault', { name: { startsWith: 't3-' } });
    expect(found.map(({ name }) => name).sort()).toEqual(acknowledged.sort());
    expect(acknowledged).toHaveLength(6);
  });

  test('T4: of 32 writers at once every one that does not fail is there, and no other', async () => {
    const { store } = subject();
    const results = await Promise.allSettled(
      Array.from({ length: 32 }, (_, index) =>
        store.write(async (tx) => {
          await tx.insert('vault', vault({ name: 't4', description: String(index) }));
          await wait(index % 3);
          if (index % 4 === 3) throw failed;
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(24);
    const found = await store.read.find('vault', { name: { eq: 't4' } });
    expect(found.map(({ description }) => Number(description) % 4).filter((rest) => rest === 3)).toEqual([]);
    expect(found).toHaveLength(24);
  });

  test('32 read-then-write increments lose none', async () => {
    const { store } = subject();
    const made = vault({ description: '0' });
    await store.write((tx) => tx.insert('vault', made));
    const increment = () =>
      store.write(async (tx) => {
        const now = await tx.get('vault', made.id);
        if (now) await tx.update('vault', { ...now, description: String(Number(now.description) + 1) });
      });
    await Promise.all(Array.from({ length: 32 }, increment));
    expect(await store.read.get('vault', made.id)).toMatchObject({ description: '32', revision: 33 });
  });

  test('rollback does the work and takes it back, audit included', async () => {
    const { store } = subject();
    const size = await store.audit.size();
    const seen = await store.write(
      async (tx) => {
        await tx.insert('vault', vault({ name: 'dry' }));
        await tx.appendAudit(auditEvent());
        return await tx.count('vault', { name: { eq: 'dry' } });
      },
      { rollback: true },
    );
    expect(seen).toBe(1);
    expect([await count('dry'), await store.audit.size()]).toEqual([0, size]);
  });

  test('a nested write joins, sees the outer one, and falls with it', async () => {
    const { store } = subject();
    const outer = store.write(async (tx) => {
      await tx.insert('vault', vault({ name: 'nested-a' }));
      await store.write(async (inner) => {
        expect(await inner.count('vault', { name: { eq: 'nested-a' } })).toBe(1);
        await inner.insert('vault', vault({ name: 'nested-a' }));
      });
      expect(await tx.count('vault', { name: { eq: 'nested-a' } })).toBe(2);
      throw failed;
    });
    await expect(outer).rejects.toBe(failed);
    expect(await count('nested-a')).toBe(0);
  });

  test('a nested write that fails leaves nothing when the outer one goes on', async () => {
    const { store } = subject();
    const records = await store.write(async (tx) => {
      const first = await tx.appendAudit(auditEvent());
      const inner = store.write(async (nested) => {
        await nested.insert('vault', vault({ name: 'nested-b-inner' }));
        // The outer tx used inside counts as the nested one.
        await tx.insert('vault', vault({ name: 'nested-b-inner' }));
        await nested.appendAudit(auditEvent());
        throw failed;
      });
      await expect(inner).rejects.toBe(failed);
      await store.write((nested) => nested.insert('vault', vault({ name: 'nested-b-dry' })), { rollback: true });
      await tx.insert('vault', vault({ name: 'nested-b-outer' }));
      return [first, await tx.appendAudit(auditEvent())];
    });
    expect([await count('nested-b-inner'), await count('nested-b-dry'), await count('nested-b-outer')]).toEqual([0, 0, 1]);
    expect(records[1]?.index).toBe((records[0]?.index ?? 0) + 1);
  });

  test('a row refused in a nested write spares the outer one', async () => {
    const { store } = subject();
    const twice = vault({ name: 'twice' });
    await store.write(async (tx) => {
      await tx.insert('vault', twice);
      const refused = store.write((nested) => nested.insert('vault', twice));
      await expect(refused).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      await tx.insert('vault', vault({ name: 'twice' }));
    });
    expect(await count('twice')).toBe(2);
  });

  test('a row refused and caught in the same transaction keeps it from being committed', async () => {
    const { store } = subject();
    const twice = vault({ name: 'doomed' });
    const doomed = store.write(async (tx) => {
      await tx.insert('vault', twice);
      await tx.insert('vault', twice).catch(() => {});
    });
    await expect(doomed).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await count('doomed')).toBe(0);
  });

  test('the work may say a refused row in its own words', async () => {
    const { store } = subject();
    const twice = vault();
    const named = store.write(async (tx) => {
      await tx.insert('vault', twice);
      await tx.insert('vault', twice).catch(() => {
        throw failed;
      });
    });
    await expect(named).rejects.toBe(failed);
  });

  test('nested writes and statements at the same time do not mix', async () => {
    const { store } = subject();
    await store.write(async (tx) => {
      const nested = (index: number) =>
        store.write(async (inner) => {
          await inner.insert('vault', vault({ name: 'parallel' }));
          await wait(index % 3);
          if (index % 2 === 1) throw failed;
        });
      const work = Array.from({ length: 10 }, (_, index) => [nested(index), tx.insert('vault', vault({ name: 'parallel' }))]).flat();
      await Promise.allSettled(work);
    });
    expect(await count('parallel')).toBe(15);
  });

  test('a tx used after its transaction ended throws, and a write after it is a new one', async () => {
    const { store } = subject();
    let kept: Writer | undefined;
    let late: Promise<unknown> | undefined;
    await store.write(async (tx) => {
      kept = tx;
      late = wait(20).then(() => insert('late'));
    });
    await expect(kept?.insert('vault', vault({ name: 'after' }))).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(kept?.count('vault', {})).rejects.toMatchObject({ code: 'INTERNAL' });
    await late;
    expect([await count('after'), await count('late')]).toEqual([0, 1]);
  });

  test('statements nobody awaited belong to the transaction', async () => {
    await subject().store.write(async (tx) => {
      void tx.insert('vault', vault({ name: 'unawaited' }));
    });
    expect(await count('unawaited')).toBe(1);
  });

  test('listeners hear of what is durable, in order, and one that throws harms nobody', async () => {
    const { store } = subject();
    const heard: Committed[] = [];
    const stopBad = store.onCommit(() => {
      throw failed;
    });
    const stop = store.onCommit((committed) => heard.push(committed));
    const made = vault();
    await store.write(async (tx) => {
      await tx.insert('vault', made);
      await store.write((nested) => nested.insert('vault', vault()), { rollback: true });
      await tx.appendAudit(auditEvent());
    });
    await store.write((tx) => tx.update('vault', made));
    await store.write((tx) => tx.observe('vault', made.id, { description: 'seen' }));
    await store.write((tx) => tx.delete('vault', made.id));
    await store.write((tx) => tx.insert('vault', vault()), { rollback: true });
    await store.audit.append(auditEvent());
    stop();
    stopBad();
    await insert('unheard');
    expect(heard.map(({ changes }) => changes.map(({ kind, id }) => [kind, id === made.id]))).toEqual([
      [['INSERT', true]],
      [['UPDATE', true]],
      [['OBSERVE', true]],
      [['DELETE', true]],
      [],
    ]);
    expect(heard.map(({ audit }) => audit.length)).toEqual([1, 0, 0, 0, 1]);
  });

  test('a second opener is refused clearly', async () => {
    await expect(subject().openTwice()).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await insert('still-here');
  });

  test('a closed store refuses; what was asked before is done', async () => {
    const { store } = subject();
    const asked = insert('before-close');
    const reopened = await subject().reopen();
    await asked;
    await expect(store.write((tx) => tx.insert('vault', vault()))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.read.get('vault', 'x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.audit.append(auditEvent())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await reopened.read.count('vault', { name: { eq: 'before-close' } })).toBe(1);
  });
}
