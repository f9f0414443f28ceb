/** Durable audit events through the store, many waiting at a time. */
import { randomUUID } from 'node:crypto';
import 'reflect-metadata';
import { tell } from './limit.mjs';

const [file, events, callers] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const { timeOrderedId } = await import('../../dist/domain/time-ordered-id.js');
const { typeormStore } = await import('../../dist/store/typeorm/typeorm-store.js');
const store = await typeormStore({ type: 'sqlite', file });

/** Ids as the server makes them: one caller, one vault, a hundred keys, and events and requests of their own. */
const newId = () => timeOrderedId(Date.now(), randomUUID());
const [principalId, credentialId, vaultId] = [newId(), newId(), newId()];
const keys = Array.from({ length: 100 }, newId);
let next = 0;
const nextKey = () => {
  next += 1;
  return keys[next % keys.length];
};

const event = (keyId = nextKey()) => ({
  ...{ v: 1, id: newId(), time: new Date().toISOString(), action: 'managed-key.encrypt', ibmAction: 'uko.managed-key.encrypt' },
  ...{ outcome: 'SUCCESS', severity: 'NORMAL', reason: { code: 200, type: 'OK' } },
  initiator: {
    principalId,
    name: 'caller',
    kind: 'SERVICE',
    credentialId,
    face: 'graphql',
    address: '127.0.0.1',
  },
  target: { kind: 'managed-key', id: keyId, name: 'label', vaultId },
  ...{ requestId: newId(), count: 1, dryRun: false },
  details: { input: { keyId, items: 1, bytes: 64 }, keyId, version: 1, mechanism: 'AES_GCM', failed: 0 },
});

async function append(count) {
  let left = count;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left > 0) {
        left -= 1;
        await store.audit.append(event());
      }
    }),
  );
  return count;
}

await append(2_000);
await tell(() => append(events));
await store.close();
