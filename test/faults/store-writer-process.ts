/** The process of `store-writer.ts` as a test sees it, and what must hold after its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { AuditRecord } from '../../src/domain/audit-event.js';
import { appendLeaf, emptyFrontier } from '../../src/domain/audit-log.js';
import type { Store } from '../../src/store/contract.js';
import type { TypeormStoreOptions } from '../../src/store/typeorm/options.js';
import { compiled } from '../compiled.js';
import type { Said } from './store-writer.js';

export interface WriterProcess {
  readonly pid: number;
  readonly said: readonly Said[];
  until(isEnough: (said: readonly Said[]) => boolean): Promise<void>;
  /** kill -9; resolves when all it had said was read. */
  kill(): Promise<void>;
}

const compiledWriter = compiled('test/faults/store-writer.ts');

/** A process that writes; what it said until it was killed is read to the end. */
export async function startWriter(options: TypeormStoreOptions, mode: 'busy' | 'idle'): Promise<WriterProcess> {
  const child: ChildProcess = spawn(process.execPath, [await compiledWriter(), JSON.stringify(options), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Said[] = [];
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => said.push(JSON.parse(line) as Said));
  const allSaid = once(lines, 'close');
  return {
    said,
    pid: child.pid ?? 0,
    until: async (isEnough) => {
      while (!isEnough(said)) {
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

/** Every acknowledged event and vault is there, no vault is without its event, and the log and its tree are whole. */
export async function expectAllThere(store: Store, acknowledged: readonly Said[]): Promise<readonly AuditRecord[]> {
  const records = await allRecords(store);
  expect(records.map(({ index }) => index)).toEqual(records.map((_, index) => index));
  const logged = new Map(records.map(({ event, index }) => [event.id, index]));
  const vaults = new Set((await store.read.find('vault', {})).map(({ id }) => id));
  for (const said of acknowledged) {
    if ('event' in said) expect(logged.get(said.event)).toBe(said.index);
    if ('vault' in said) expect(vaults).toContain(said.vault);
  }
  const told = records.flatMap(({ event }) => event.target.id ?? []);
  expect(told.toSorted()).toEqual([...vaults].toSorted());
  await expectWholeTree(store, records);
  return records;
}
