/**
 * Many writers on one server, and readers that are slow: one that takes its answers a few bytes at a time, one that goes
 * through page after page, and one that keeps a read transaction open, so that the journal cannot be emptied.
 */
import { readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { random } from '../histories/random.js';
import { ask } from './ask.js';
import { type Broken, broken } from './check.js';
import { type Client, client } from './client.js';
import { postgresAt, sqliteIn } from './database.js';
import type { KeyAnswer, Step } from './estate.js';
import { furnish, type Life, newLife } from './life.js';
import { dataDisk } from './small-disk.js';

export interface LoadOptions {
  readonly seconds: number;
  readonly writers: number;
  /** A database of PostgreSQL instead of the embedded one. */
  readonly databaseUrl?: string;
}

/** What came of it. */
export interface LoadResult {
  /** Milliseconds of every answer, by operation. */
  readonly milliseconds: ReadonlyMap<string, readonly number[]>;
  /** Refusals by code. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Counters that writers have in common: how often each was raised by the answers, and what it stands at. */
  readonly counters: readonly { readonly raised: number; readonly standsAt: number }[];
  readonly pagesRead: number;
  readonly slowBytes: number;
  /** Of the server process: at the beginning and at its most. */
  readonly megabytes: { readonly before: number; readonly most: number };
  /** Size of sqlite's journal at the end, with the read transaction still open; `null` on PostgreSQL. */
  readonly journalMegabytes: number | null;
  /** Seconds until a change is answered after all of it. */
  readonly secondsAfter: number;
  readonly broken: readonly Broken[];
}

const sharedKeys = 4;

/** Refusals that writers of the same key have to expect. */
export const expectedRefusals = ['STALE_VERSION'];

export async function load({ seconds, writers, databaseUrl }: LoadOptions): Promise<LoadResult> {
  const disk = dataDisk(false);
  const database = databaseUrl === undefined ? sqliteIn(disk.folder) : postgresAt(databaseUrl);
  const life = newLife({ disk, database, postgres: null, clock: null }, 'load-run');
  try {
    await life.start();
    await furnish(life, random(1));
    return await measure(life, seconds, writers);
  } finally {
    await life.end();
  }
}

interface Book {
  readonly milliseconds: Map<string, number[]>;
  readonly refusals: Map<string, number>;
}

async function measure(life: Life, seconds: number, writers: number): Promise<LoadResult> {
  const book: Book = { milliseconds: new Map(), refusals: new Map() };
  const counters: Counter[] = [];
  for (let number = 0; number < sharedKeys; number += 1) counters.push(await newCounter(life, number));
  const before = megabytesOf(life);
  const watch = watchMemory(life, before);
  const release = await life.database.hold();
  const until = performance.now() + seconds * 1_000;
  const isOver = () => performance.now() >= until;
  const readers = Promise.all([slowReader(life, isOver), pageReader(life, isOver)]);
  await Promise.all(Array.from({ length: writers }, async (_, number) => await writer(life, book, counters, number, isOver)));
  const [slowBytes, pagesRead] = await readers;
  const journalMegabytes = journalOf(life);
  await release();
  const begun = performance.now();
  await newCounter(life, sharedKeys);
  const secondsAfter = (performance.now() - begun) / 1_000;
  return {
    ...book,
    counters: await Promise.all(
      counters.map(async ({ id, raised }) => ({ raised, standsAt: Number((await keyOf(life, id)).description) })),
    ),
    pagesRead,
    slowBytes,
    megabytes: { before, most: watch.stop() },
    journalMegabytes,
    secondsAfter,
    broken: await broken(life, random(2)),
  };
}

/** A number in the description of a key that all writers raise. */
interface Counter {
  readonly id: string;
  raised: number;
}

const keyFields = 'id revision state version destroyAt description';

async function newCounter(life: Life, number: number): Promise<Counter> {
  let id = '';
  const answer = await life.ask(
    creation(life, `counter-${number}`, (key) => {
      ({ id } = key);
    }),
  );
  if (answer.outcome !== 'OK') throw new Error(`no counter could be made: ${JSON.stringify(answer)}`);
  return { id, raised: 0 };
}

interface CountingKey extends KeyAnswer {
  readonly description: string;
}

async function keyOf(life: Life, id: string): Promise<CountingKey> {
  const own = client(life.server().endpoint, life.apiKey());
  const answer = await own.send(life.newRequestId(), `query ($id: ID!) { r: managedKey(id: $id) { ${keyFields} } }`, { id });
  own.close();
  if (answer.outcome !== 'OK') throw new Error(`key ${id} cannot be read: ${JSON.stringify(answer)}`);
  return answer.data['r'] as CountingKey;
}

const templateOf = ({ known }: Life) => {
  const [template] = known.templates;
  if (!template) throw new Error('the estate has no template');
  return template;
};

function creation(life: Life, label: string, learn: (key: KeyAnswer) => void): Step {
  const { id: templateId, vaultId } = templateOf(life);
  return {
    action: 'managed-key.create',
    effect: 'CHANGE',
    document: `mutation ($input: CreateManagedKeyInput!, $token: String) { r: createManagedKey(input: $input, clientToken: $token) { ${keyFields} } }`,
    variables: { input: { vaultId, templateId, label, description: '0', initialState: 'ACTIVE' } },
    clientToken: `token-${label}`,
    subjects: [],
    learn: (_known, result) => {
      const key = result as KeyAnswer;
      learn(key);
      return { createdId: key.id, key };
    },
  };
}

/** Raises a counter by the revision that was read: whoever was slower is refused, and reads again. */
function raising(key: CountingKey, learn: (key: CountingKey) => void): Step {
  const input = { id: key.id, revision: key.revision, description: String(Number(key.description) + 1) };
  return {
    action: 'managed-key.update',
    effect: 'CHANGE',
    document: `mutation ($input: UpdateManagedKeyInput!) { r: updateManagedKey(input: $input) { ${keyFields} } }`,
    variables: { input },
    clientToken: null,
    subjects: [key.id],
    learn: (_known, result) => {
      learn(result as CountingKey);
      return { key: result as KeyAnswer };
    },
  };
}

function rotation(id: string): Step {
  return {
    action: 'managed-key.rotate',
    effect: 'CHANGE',
    document: `mutation ($items: [ManagedKeyItem!]!) { r: rotateManagedKey(items: $items) { id error { code } managedKey { ${keyFields} } } }`,
    variables: { items: [{ id }] },
    clientToken: null,
    subjects: [id],
    learn: (_known, result) => ({ key: (result as { managedKey: KeyAnswer }).managedKey }),
  };
}

async function writer(life: Life, book: Book, counters: readonly Counter[], number: number, isOver: () => boolean): Promise<void> {
  const own = client(life.server().endpoint, life.apiKey());
  for (let turn = 0; !isOver(); turn += 1) {
    let made: string | undefined;
    const learn = ({ id }: KeyAnswer) => {
      made = id;
    };
    await timed(life, own, book, creation(life, `writer-${number}-${turn}`, learn));
    if (turn % 4 === 0 && made !== undefined) await timed(life, own, book, rotation(made));
    const counter = counters[(number + turn) % counters.length];
    if (counter)
      await timed(
        life,
        own,
        book,
        raising(await keyOf(life, counter.id), () => raise(counter)),
      );
  }
  own.close();
}

function raise(counter: Counter): void {
  counter.raised += 1;
}

async function timed({ known, ticks, newRequestId }: Life, own: Client, book: Book, step: Step): Promise<void> {
  const begun = performance.now();
  const answer = await ask({ client: own, known, ticks, newRequestId }, step);
  const all = book.milliseconds.get(step.action) ?? [];
  all.push(performance.now() - begun);
  book.milliseconds.set(step.action, all);
  if (answer.outcome === 'OK') return;
  const code = answer.outcome === 'REFUSED' ? answer.code : `no answer: ${answer.why}`;
  book.refusals.set(code, (book.refusals.get(code) ?? 0) + 1);
}

/** Takes large answers a few bytes at a time, one after the other; answers how many bytes it took. */
async function slowReader(life: Life, isOver: () => boolean): Promise<number> {
  const query =
    '{ managedKeys(first: 200) { edges { node { id label state versions { id state } instances { id status syncDetail } } } } }';
  const body = JSON.stringify({ query });
  let bytes = 0;
  while (!isOver()) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${life.apiKey()}`, 'content-type': 'application/json' };
      request(`${life.server().endpoint}/graphql`, { method: 'POST', headers }, resolve).on('error', reject).end(body);
    });
    response.pause();
    while (!isOver() && !response.readableEnded) {
      const chunk = (response.read(512) ?? response.read()) as Buffer | null;
      bytes += chunk?.length ?? 0;
      await wait(20);
    }
    response.destroy();
  }
  return bytes;
}

/** Pages through all keys again and again; answers how many pages it read. */
async function pageReader(life: Life, isOver: () => boolean): Promise<number> {
  const own = client(life.server().endpoint, life.apiKey());
  let pages = 0;
  let after: string | null = null;
  while (!isOver()) {
    const query =
      'query ($after: String) { r: managedKeys(first: 50, after: $after) { edges { node { id label } } pageInfo { hasNextPage endCursor } } }';
    const answer = await own.send(life.newRequestId(), query, { after });
    if (answer.outcome !== 'OK') throw new Error(`a page could not be read: ${JSON.stringify(answer)}`);
    const { pageInfo } = answer.data['r'] as { pageInfo: { hasNextPage: boolean; endCursor: string | null } };
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    pages += 1;
  }
  own.close();
  return pages;
}

/** Resident memory of the server process. */
function megabytesOf(life: Life): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${life.server().pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

function watchMemory(life: Life, before: number): { stop(): number } {
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, megabytesOf(life));
  }, 200);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

function journalOf({ database, disk }: Life): number | null {
  if (database.kind !== 'sqlite') return null;
  return (statSync(join(disk.folder, 'kyok.db-wal'), { throwIfNoEntry: false })?.size ?? 0) / 1_048_576;
}

/** The value below which this share of all lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
