/** Writes to a store without end, and says on stdout what was acknowledged or refused: a line of JSON each. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { EstateError } from '../../src/domain/errors.js';
import type { TypeormStoreOptions } from '../../src/store/typeorm/options.js';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { auditEvent, vault } from '../store/entities.js';

/** A line that the writer says. */
export type Said =
  | { readonly opened: true }
  | { readonly event: string; readonly index: number }
  | { readonly vault: string }
  | { readonly refused: string };

const say = (said: Said) => void writeSync(1, `${JSON.stringify(said)}\n`);
// Where a test bounds the size of files, a write beyond it should fail and not kill.
process.on('SIGXFSZ', () => {});

const store = await typeormStore(JSON.parse(process.argv[2] ?? '') as TypeormStoreOptions);
say({ opened: true });

async function forever(step: () => Promise<void>): Promise<never> {
  for (;;) {
    try {
      await step();
    } catch (error) {
      say({ refused: error instanceof EstateError ? error.code : String(error) });
      await wait(20);
    }
  }
}

async function append(): Promise<void> {
  const { index, event } = await store.audit.append(auditEvent());
  say({ event: event.id, index });
}

async function makeVault(): Promise<void> {
  const made = vault({ id: randomUUID() });
  await store.write(async (tx) => {
    await tx.insert('vault', made);
    await tx.appendAudit(auditEvent({ target: { kind: 'vault', id: made.id, name: made.name, vaultId: made.id } }));
  });
  say({ vault: made.id });
}

if (process.argv[3] !== 'idle') {
  await Promise.all([...Array.from({ length: 8 }, () => forever(append)), forever(makeVault), forever(makeVault)]);
}
// An open socket would keep the process alive, an open file does not.
setInterval(() => {}, 60_000);
