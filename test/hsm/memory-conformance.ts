/** What every HSM must remember, whatever the database says. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Hsm, KeyRef } from '../../src/hsm/contract.js';

const spec = { algorithm: 'AES', size: '256' } as const;
const attributes = { usages: ['ENCRYPT', 'DECRYPT', 'WRAP', 'UNWRAP'], extractable: true } as const;
const root = (byte: number) => new Uint8Array(32).fill(byte);
const data = new TextEncoder().encode('to be or not to be');

/** `start` gives an HSM with its master key in place; `restart` the same one after its end, the master key again in place. */
export function memoryConformance(name: string, start: () => Promise<Hsm>, restart: () => Promise<Hsm>): void {
  describe(`${name}: memory`, { timeout: 120_000 }, () => {
    let hsm: Hsm;
    beforeAll(async () => {
      hsm = await start();
    });
    afterAll(() => hsm.close());
    const again = async () => {
      await hsm.close();
      hsm = await restart();
    };
    const make = async (): Promise<KeyRef & { readonly context: { keyId: string } }> => {
      const context = { keyId: randomUUID(), version: 1, vaultId: randomUUID() };
      return { blob: (await hsm.generateKey(spec, attributes, context)).blob, context };
    };
    const refused = (promise: Promise<unknown>, code: string) => expect(promise).rejects.toMatchObject({ code });

    test('S14: a fresh one remembers nothing; a checkpoint only goes forward, also after a restart', async () => {
      expect(await hsm.memory.read()).toMatchObject({ generation: 0, checkpoint: null, destroyedKeys: 0, rollbacks: [] });
      await hsm.memory.rememberCheckpoint({ size: 10, root: root(1) });
      await hsm.memory.rememberCheckpoint({ size: 10, root: root(1) });
      expect(await hsm.memory.read()).toMatchObject({ generation: 1, checkpoint: { size: 10, root: root(1) } });
      await again();
      await refused(hsm.memory.rememberCheckpoint({ size: 9, root: root(1) }), 'AUDIT_ROLLED_BACK');
      await refused(hsm.memory.rememberCheckpoint({ size: 10, root: root(2) }), 'AUDIT_ROLLED_BACK');
      await hsm.memory.rememberCheckpoint({ size: 12, root: root(3) });
      expect((await hsm.memory.read()).checkpoint).toEqual({ size: 12, root: root(3) });
    });

    test('S14: a rollback is accepted when it is said to be one, and what was before it is kept', async () => {
      await hsm.memory.rememberCheckpoint({ size: 20, root: root(4) });
      await hsm.memory.acceptRollback({ size: 15, root: root(5) });
      await again();
      expect(await hsm.memory.read()).toMatchObject({
        checkpoint: { size: 15, root: root(5) },
        rollbacks: [{ from: { size: 20, root: root(4) }, to: { size: 15, root: root(5) } }],
      });
    });

    test('S30: what is bound to a destroyed key is refused in every use, its neighbours are not, also after a restart', async () => {
      const [key, other] = [await make(), await make()];
      const gone = key.context.keyId;
      await hsm.inspect(key);
      const [encrypted] = await hsm.encrypt(key, 'AES_GCM', [{ data }]);
      await hsm.memory.destroy([gone]);
      for (const when of ['at once', 'after a restart']) {
        if (when !== 'at once') await again();
        // More calls than there are units, so that each is asked.
        for (let i = 0; i < 8; i += 1) await refused(hsm.inspect(key), 'KEY_DESTROYED');
        await refused(hsm.encrypt(key, 'AES_GCM', [{ data }]), 'KEY_DESTROYED');
        await refused(hsm.decrypt(key, 'AES_GCM', [{ data: encrypted?.ok ? encrypted.data : data }]), 'KEY_DESTROYED');
        await refused(hsm.wrapKey(key, other, 'AES_KWP'), 'KEY_DESTROYED');
        await refused(hsm.wrapKey(other, key, 'AES_KWP'), 'KEY_DESTROYED');
        await refused(hsm.generateKey(spec, attributes, { ...key.context, version: 2, vaultId: null }), 'KEY_DESTROYED');
        const wrapped = await hsm.wrapKey(other, other, 'AES_KWP');
        await refused(hsm.unwrapKey(other, wrapped, 'AES_KWP', spec, attributes, key.context as never), 'KEY_DESTROYED');
        expect(await hsm.memory.destroyedAmong([other.context.keyId, gone, 'unknown'])).toEqual([gone]);
      }
    });

    test('S30: told again, a destruction changes nothing; the digest tells two memories of one generation apart', async () => {
      const [first, second] = [randomUUID(), randomUUID()];
      await hsm.memory.destroy([first, second, first]);
      const before = await hsm.memory.read();
      await hsm.memory.destroy([second]);
      await hsm.memory.destroy([]);
      expect(await hsm.memory.read()).toEqual(before);
      await hsm.memory.destroy([randomUUID()]);
      const after = await hsm.memory.read();
      expect(after).toMatchObject({ generation: before.generation + 1, destroyedKeys: before.destroyedKeys + 1 });
      expect(after.digest).not.toEqual(before.digest);
    });

    test('S30: destructions told at once are all remembered', async () => {
      const ids = Array.from({ length: 40 }, () => randomUUID());
      await Promise.all(ids.map((id) => hsm.memory.destroy([id])));
      await again();
      expect(await hsm.memory.destroyedAmong(ids)).toEqual(ids);
    });
  });
}

/** For an HSM whose sealed state is a file: what an attacker who writes that file can do with what it remembers. */
export function memoryFileConformance(
  name: string,
  start: () => Promise<Hsm>,
  restart: () => Promise<Hsm>,
  file: { read(): Promise<Record<string, unknown>>; write(fields: Record<string, unknown>): Promise<void> },
): void {
  describe(`${name}: memory in a file`, { timeout: 120_000 }, () => {
    let hsm: Hsm | undefined;
    afterEach(() => hsm?.close());
    const altered = async (change: (memory: Buffer) => Buffer | undefined) => {
      const fields = await file.read();
      const memory = change(Buffer.from(fields['memory'] as string, 'base64'));
      const { memory: _memory, ...others } = fields;
      await file.write(memory ? { ...others, memory: memory.toString('base64') } : others);
      const failure: unknown = await restart().then(
        (opened) => opened.close().then(() => 'opened'),
        (error: unknown) => error,
      );
      await file.write(fields);
      return failure;
    };

    test('S14, S30: one edited by hand, cut short, emptied or left out opens nothing', async () => {
      hsm = await start();
      await hsm.memory.destroy([randomUUID()]);
      await hsm.memory.rememberCheckpoint({ size: 3, root: root(3) });
      await hsm.close();
      const length = Buffer.from((await file.read())['memory'] as string, 'base64').length;
      const refusal = { code: 'MASTER_KEY_STATE_FORBIDS', details: { reason: 'SEALED_STATE_ALTERED' } };
      for (const at of [0, 2, length >> 1, length - 33, length - 1]) {
        expect(
          await altered((memory) => {
            memory[at] = (memory[at] ?? 0) ^ 1;
            return memory;
          }),
        ).toMatchObject(refusal);
      }
      expect(await altered((memory) => memory.subarray(16))).toMatchObject(refusal);
      expect(await altered(() => Buffer.alloc(0))).toMatchObject(refusal);
      expect(await altered(() => undefined)).toMatchObject({ details: { reason: 'SEALED_STATE_UNREADABLE' } });
      hsm = await restart();
      expect(await hsm.memory.read()).toMatchObject({ destroyedKeys: 1, checkpoint: { size: 3 } });
    });

    test('S30: another copy of the memory is taken in, and what either holds destroyed stays destroyed; nobody else’s is', async () => {
      hsm = await start();
      const sealed = async () => new Uint8Array(Buffer.from((await file.read())['memory'] as string, 'base64'));
      const [early, late] = [randomUUID(), randomUUID()];
      await hsm.memory.destroy([early]);
      await hsm.memory.rememberCheckpoint({ size: 30, root: root(30) });
      const [ahead, fields] = [await sealed(), await file.read()];
      await hsm.memory.destroy([late]);
      const newest = await hsm.memory.read();
      await hsm.memory.merge(ahead);
      // Older and no longer a part of what is remembered: nothing changes.
      expect(await hsm.memory.read()).toEqual(newest);
      const aside = await sealed();
      await hsm.close();
      await file.write(fields);
      hsm = await restart();
      await hsm.memory.merge(aside);
      expect(await hsm.memory.destroyedAmong([early, late])).toEqual([early, late]);
      expect((await hsm.memory.read()).generation).toBeGreaterThan(newest.generation);
      const forged = Uint8Array.from(aside, (byte, i) => (i === 5 ? byte ^ 1 : byte));
      await expect(hsm.memory.merge(forged)).rejects.toMatchObject({ details: { reason: 'SEALED_STATE_ALTERED' } });
    });
  });
}
