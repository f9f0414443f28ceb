/** Uses of keys leave no trace of what was worked on in the audit log, whether they succeed or fail. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../../src/services/call.js';
import { operations } from '../../src/services/operations.js';
import { perform } from '../../src/services/perform.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';
import { accessSamples, type VaultWorld, vaultWorld } from './access-samples.js';

let at: TestEstate;
let world: VaultWorld;
let stranger: Call;
beforeAll(async () => {
  at = await testEstate();
  world = await vaultWorld(at, 'Own');
  stranger = await at.callOf([]);
});
afterAll(() => at.close());

/** Everything that the input holds as bytes, in the forms a log could hold it. */
function traces(value: unknown): string[] {
  if (value instanceof Uint8Array) {
    const hash = createHash('sha256').update(value).digest();
    return [Buffer.from(value), hash].flatMap((bytes) => [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')]);
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(traces) : [];
}

async function lastEvent() {
  return (await at.audit()).at(-1)?.event;
}

describe('the audit event', () => {
  const uses = operations.filter(({ effect, name }) => effect === 'USE' && !name.includes('MasterKey'));

  test.each(uses)('of $name holds neither items nor hashes of them', async (operation) => {
    const input = accessSamples[operation.name]?.input(world);
    for (const call of [stranger, at.admin]) {
      const outcome = await perform(at.estate, call, operation, input).then(
        () => 'SUCCESS',
        () => 'FAILURE',
      );
      const event = await lastEvent();
      expect(event).toMatchObject({ action: operation.action, outcome });
      for (const trace of traces(input)) expect(JSON.stringify(event)).not.toContain(trace);
    }
  });

  test('of a failed encryption says which key, how many items and how much', async () => {
    const operation = operations.find(({ name }) => name === 'encrypt');
    const keyId = world.keys.DEACTIVATED.id;
    const items = [{ plaintext: new Uint8Array(4) }, { plaintext: new Uint8Array(3), aad: new Uint8Array(2) }];
    await expect(perform(at.estate, at.admin, operation as never, { keyId, items })).rejects.toMatchObject({ code: 'KEY_STATE_FORBIDS' });
    expect((await lastEvent())?.details).toEqual({ input: { keyId, items: 2, bytes: 9 } });
  });

  test('of a refused import refers to the wrapped material and does not hold it', async () => {
    const operation = operations.find(({ name }) => name === 'importManagedKey');
    const input = accessSamples['importManagedKey']?.input(world) as { wrappedMaterial: Uint8Array };
    await expect(perform(at.estate, stranger, operation as never, input)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const event = await lastEvent();
    expect(event?.details).toMatchObject({ input: { wrappedMaterial: { $sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } } });
    expect(JSON.stringify(event)).not.toContain(Buffer.from(input.wrappedMaterial).toString('hex'));
  });
});
