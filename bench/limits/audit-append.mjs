/** Durable audit events through the store, many waiting at a time. */
import { randomUUID } from 'node:crypto';
import 'reflect-metadata';
import { tell } from './limit.mjs';

const [file, events, callers] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const { typeormStore } = await import('../../dist/store/typeorm/typeorm-store.js');
const store = await typeormStore({ type: 'sqlite', file });

const event = () => ({
  ...{ v: 1, id: randomUUID(), time: new Date().toISOString(), action: 'managed-key.encrypt', ibmAction: 'uko.managed-key.encrypt' },
  ...{ outcome: 'SUCCESS', severity: 'NORMAL', reason: { code: 200, type: 'OK' } },
  initiator: {
    principalId: randomUUID(),
    name: 'caller',
    kind: 'SERVICE',
    credentialId: randomUUID(),
    face: 'graphql',
    address: '127.0.0.1',
  },
  target: { kind: 'managed-key', id: randomUUID(), name: 'label', vaultId: randomUUID() },
  ...{ requestId: randomUUID(), count: 1, dryRun: false },
  details: { input: { keyId: randomUUID(), items: 1, bytes: 64 }, keyId: randomUUID(), version: 1, mechanism: 'AES_GCM', failed: 0 },
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
