/** Writes and events that wait at the same time, and may share a commit. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EstateError } from '../../../src/domain/errors.js';
import type { Committed, Writer } from '../../../src/store/contract.js';
import type { Subject } from '../conformance.js';
import { auditEvent, keystore, vault } from '../entities.js';

const failed = new Error('the work failed');

export function togetherTests(subject: () => Subject): void {
  /** Asks for all of it while a write is under way, so that all of it waits. */
  async function together(works: readonly (() => Promise<unknown>)[]): Promise<PromiseSettledResult<unknown>[]> {
    const under = subject().store.write(() => wait(50));
    const all = Promise.allSettled(works.map((work) => work()));
    await under;
    return await all;
  }
  const write = (work: (tx: Writer) => Promise<unknown>) => () => subject().store.write(work);
  const insert = (name: string) => write((tx) => tx.insert('vault', vault({ name })));
  const names = async (prefix: string) =>
    (await subject().store.read.find('vault', { name: { startsWith: prefix } })).map(({ name }) => name).sort();

  test('one that fails leaves the others, and nothing of itself', async () => {
    const { store } = subject();
    const size = await store.audit.size();
    const twice = vault({ name: 'beside-d' });
    const results = await together([
      insert('beside-a'),
      write(async (tx) => {
        await tx.insert('vault', vault({ name: 'beside-b' }));
        await tx.appendAudit(auditEvent());
        throw failed;
      }),
      write(async (tx) => {
        await tx.insert('vault', vault({ name: 'beside-c' }));
        return await tx.appendAudit(auditEvent());
      }),
      write(async (tx) => {
        await tx.insert('vault', twice);
        await tx.insert('vault', twice);
      }),
      () => store.audit.append(auditEvent()),
      insert('beside-e'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: failed });
    expect(results[3]).toMatchObject({ reason: { code: 'ALREADY_EXISTS' } });
    expect(await names('beside-')).toEqual(['beside-a', 'beside-c', 'beside-e']);
    expect([results[2], results[4]]).toMatchObject([{ value: { index: size } }, { value: { index: size + 1 } }]);
    expect(await store.audit.size()).toBe(size + 2);
  });

  test('one that the database refuses only at the commit leaves the others', async () => {
    const { store } = subject();
    const event = auditEvent();
    await store.audit.append(event);
    const size = await store.audit.size();
    const results = await together([
      insert('late-a'),
      // Its parent is nowhere, which is seen when the transaction ends.
      write((tx) => tx.insert('keystore', keystore({ vaultId: 'nowhere' }))),
      write(async (tx) => {
        await tx.insert('vault', vault({ name: 'late-b' }));
        // An id that the log has already.
        await tx.appendAudit(event);
      }),
      () => store.audit.append(event),
      () => store.audit.append(auditEvent()),
      insert('late-c'),
    ]);
    expect(results.map((result) => (result.status === 'rejected' ? (result.reason as EstateError).code : 'done'))).toEqual([
      'done',
      'INTERNAL',
      'AUDIT_UNAVAILABLE',
      'AUDIT_UNAVAILABLE',
      'done',
      'done',
    ]);
    expect(await names('late-')).toEqual(['late-a', 'late-c']);
    expect(await store.audit.size()).toBe(size + 1);
  });

  test('each sees what those before it did, and one that was refused for it is right to be', async () => {
    const claim = write(async (tx) => {
      if ((await tx.count('vault', { name: { eq: 'one-only' } })) > 0) throw failed;
      await tx.insert('vault', vault({ name: 'one-only' }));
    });
    const results = await together([claim, claim, claim]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await names('one-only')).toEqual(['one-only']);
  });

  test('listeners hear of each write by itself, in order, and a dry run between them leaves nothing', async () => {
    const { store } = subject();
    const heard: Committed[] = [];
    const stop = store.onCommit((committed) => heard.push(committed));
    const made = ['told-a', 'told-b', 'told-c'].map((name) => vault({ name }));
    const dry = vault({ name: 'told-dry' });
    await together([
      ...made.slice(0, 2).map((each) => write((tx) => tx.insert('vault', each))),
      () => store.write((tx) => tx.insert('vault', dry), { rollback: true }),
      () => store.audit.append(auditEvent()),
      write((tx) => tx.insert('vault', made[2] as (typeof made)[0])),
    ]);
    stop();
    expect(heard.flatMap(({ changes }) => changes.map(({ id }) => id))).toEqual(made.map(({ id }) => id));
    expect(heard.filter(({ changes }) => changes.length > 0)).toHaveLength(3);
    expect(heard.flatMap(({ audit }) => audit)).toHaveLength(1);
    expect(await names('told-')).toEqual(['told-a', 'told-b', 'told-c']);
  });

  test('each runs in the asynchronous context of who asked', async () => {
    const caller = new AsyncLocalStorage<number>();
    const seen: (number | undefined)[] = [];
    const asked = (number: number) => () =>
      caller.run(
        number,
        write(async () => void seen.push(caller.getStore())),
      );
    await together([asked(1), asked(2), asked(3)]);
    expect(seen).toEqual([1, 2, 3]);
  });
}
