import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../src/domain/audit-event.js';
import { appendLeaf, emptyFrontier } from '../../src/domain/audit-log.js';
import type { Store } from '../../src/store/contract.js';
import type { TypeormStoreOptions } from '../../src/store/typeorm/options.js';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { auditEvent } from '../store/entities.js';
import { hasPostgres, postgresName, startPostgres, type TestPostgres } from '../store/postgres.js';
import type { Said } from './store-writer.js';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A process that writes; what it said until it was killed is read to the end. */
function startWriter(options: TypeormStoreOptions, mode: 'busy' | 'idle') {
  const child: ChildProcess = spawn(
    process.execPath,
    [pathOf('run-typescript.mjs'), pathOf('store-writer.ts'), JSON.stringify(options), mode],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const said: Said[] = [];
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => said.push(JSON.parse(line) as Said));
  const allSaid = once(lines, 'close');
  return {
    said,
    hasSaid: async (count: number) => {
      while (said.length < count) {
        if (child.exitCode !== null) throw new Error('the writer ended by itself');
        await wait(5);
      }
    },
    kill: async () => {
      child.kill('SIGKILL');
      await allSaid;
    },
  };
}

async function allRecords(store: Store): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  const size = await store.audit.size();
  while (records.length < size) records.push(...(await store.audit.read(records.length, 1_000)));
  return records;
}

async function expectWholeTree(store: Store, records: readonly AuditRecord[]): Promise<void> {
  let frontier = emptyFrontier;
  for (const { leafHash } of records) {
    const step = appendLeaf(frontier, leafHash);
    frontier = step.frontier;
    for (const { level, position, hash } of step.completed) expect(await store.audit.node(level, position)).toEqual(hash);
  }
}

function killTests(newPlace: () => Promise<TypeormStoreOptions>): void {
  test('kill -9 at any moment loses nothing that was acknowledged, and leaves nothing half done', async () => {
    const options = await newPlace();
    const acknowledged: Said[] = [];
    for (const lines of [2, 30, 200]) {
      const writer = startWriter(options, 'busy');
      await writer.hasSaid(lines);
      await writer.kill();
      acknowledged.push(...writer.said);
    }
    const store = await typeormStore(options);
    const records = await allRecords(store);
    expect(records.map(({ index }) => index)).toEqual(records.map((_, index) => index));
    const logged = new Map(records.map(({ event, index }) => [event.id, index]));
    for (const said of acknowledged) if ('event' in said) expect(logged.get(said.event)).toBe(said.index);
    const vaults = new Set((await store.read.find('vault', {})).map(({ id }) => id));
    for (const said of acknowledged) if ('vault' in said) expect(vaults).toContain(said.vault);
    // No vault without its event, no event without its vault.
    const told = records.flatMap(({ event }) => event.target.id ?? []);
    expect(told.toSorted()).toEqual([...vaults].toSorted());
    await expectWholeTree(store, records);
    expect((await store.audit.append(auditEvent())).index).toBe(records.length);
    await store.close();
  }, 60_000);

  test('another process is refused while one has the store open, and let in when that is killed', async () => {
    const options = await newPlace();
    const holder = startWriter(options, 'idle');
    await holder.hasSaid(1);
    await expect(typeormStore(options)).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await holder.kill();
    const store = await typeormStore(options);
    await store.ping();
    await store.close();
  }, 60_000);
}

describe('kill -9 on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-kill-'));
  let places = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  killTests(async () => {
    places += 1;
    return { type: 'sqlite', file: join(folder, `${places}.db`) };
  });
});

describe.skipIf(!hasPostgres)(`kill -9 on ${postgresName}`, () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });
  killTests(async () => ({ type: 'postgres', url: await postgres.newDatabase() }));
});
