/** S5: what was revoked or destroyed after a request had begun. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { afterEach, describe, expect, test } from 'vitest';
import type { Call } from '../../../src/services/call.js';
import { decrypt } from '../../../src/services/crypto/decrypt.js';
import { encrypt } from '../../../src/services/crypto/encrypt.js';
import { rewrapKey } from '../../../src/services/crypto/rewrap-key.js';
import { unwrapKey } from '../../../src/services/crypto/unwrap-key.js';
import { createApiKey } from '../../../src/services/iam/create-api-key.js';
import { revokeApiKey } from '../../../src/services/iam/revoke-api-key.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { perform } from '../../../src/services/perform.js';
import { type KeyWorld, keyWorld, refusalOf } from '../../fakes/key-world.js';

const data = utf8ToBytes('a secret');
let world: KeyWorld;

afterEach(async () => {
  await world.reconciler.stop();
  await world.close();
});

/** The administrator by one of two API keys, since the last cannot be revoked; as a face has authenticated it. */
async function callByApiKey(expiresAt: string | null = null): Promise<Call> {
  const input = { principalId: world.admin.principal.id, name: 'laptop', expiresAt };
  await perform(world.estate, world.admin, createApiKey, { ...input, name: 'spare', expiresAt: null });
  const { apiKey } = await perform(world.estate, world.admin, createApiKey, input);
  return { ...world.admin, credentialId: apiKey.id };
}

async function sealed(keyId: string): Promise<Uint8Array> {
  const { items } = await world.perform(encrypt, { keyId, items: [{ plaintext: data }] });
  return (items[0] as { ciphertext: Uint8Array }).ciphertext;
}

describe('S5: a credential that was good when the request began', () => {
  test('and was revoked before the operation decrypts nothing; the refusal is audited', async () => {
    world = await keyWorld();
    const key = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const input = { keyId: key.id, items: [{ ciphertext: await sealed(key.id) }] };
    const call = await callByApiKey();
    expect(await refusalOf(world.perform(decrypt, input, call))).toBe('NOT_REFUSED');
    await world.perform(revokeApiKey, { id: call.credentialId });
    expect(await refusalOf(world.perform(decrypt, input, call))).toBe('UNAUTHENTICATED');
    expect((await world.audit()).at(-1)?.event).toMatchObject({
      action: 'managed-key.decrypt',
      outcome: 'FAILURE',
      reason: { type: 'UNAUTHENTICATED' },
      initiator: { credentialId: call.credentialId },
    });
  });

  test('and has expired before the operation decrypts nothing', async () => {
    world = await keyWorld();
    const key = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const input = { keyId: key.id, items: [{ ciphertext: await sealed(key.id) }] };
    const call = await callByApiKey('2030-01-01T00:00:30.000Z');
    world.clock.advance(31);
    expect(await refusalOf(world.perform(decrypt, input, call))).toBe('UNAUTHENTICATED');
  });

  test('and is revoked while the call waits for a new key uses nothing', async () => {
    world = await keyWorld();
    const key = await world.newKey('AES', '256');
    const call = await callByApiKey();
    const waiting = refusalOf(world.perform(encrypt, { keyId: key.id, items: [{ plaintext: data }] }, call));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await world.perform(revokeApiKey, { id: call.credentialId });
    await world.reconciler.settle();
    expect(await waiting).toBe('UNAUTHENTICATED');
  });
});

describe('S5: a use that the HSM has under way', () => {
  /** Something happens between the HSM's work and its answer. */
  function whileDecrypting(work: () => Promise<unknown>): void {
    const { hsm } = world.estate;
    const { decrypt: original } = hsm;
    Object.assign(hsm, {
      decrypt: async (...args: Parameters<typeof original>) => {
        const results = await original(...args);
        await work();
        return results;
      },
    });
  }

  test.each([decrypt, unwrapKey, rewrapKey])('of $name answers nothing once the key is destroyed', async (operation) => {
    world = await keyWorld();
    const key = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const input = { keyId: key.id, items: [{ ciphertext: await sealed(key.id) }] };
    whileDecrypting(() => world.perform(destroyManagedKey, { id: key.id }));
    expect(await refusalOf(world.perform(operation as typeof decrypt, input))).toBe('KEY_STATE_FORBIDS');
  });

  test('answers nothing once the API key is revoked', async () => {
    world = await keyWorld();
    const key = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const call = await callByApiKey();
    const input = { keyId: key.id, items: [{ ciphertext: await sealed(key.id) }] };
    whileDecrypting(() => world.perform(revokeApiKey, { id: call.credentialId }));
    expect(await refusalOf(world.perform(decrypt, input, call))).toBe('UNAUTHENTICATED');
  });

  test('goes on where the new state allows it', async () => {
    world = await keyWorld();
    const key = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const input = { keyId: key.id, items: [{ ciphertext: await sealed(key.id) }] };
    whileDecrypting(() => world.perform(deactivateManagedKey, { id: key.id }));
    expect(await refusalOf(world.perform(decrypt, input))).toBe('NOT_REFUSED');
  });
});
