/** One sink's loop: reads the log from where the sink stopped, hands it over, and tells how that goes. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { AuditSink, SinkName } from '../../../sinks/contract.js';
import { auditEvent } from '../../audit-event.js';
import { systemCall } from '../../call.js';
import type { Estate } from '../../estate.js';
import { type BackOff, retryDelaySeconds } from '../../reconciler/back-off.js';
import { sinkCursor } from './cursor.js';
import { type Settling, settling } from './settling.js';
import { signal } from './signal.js';

/** Waits, in milliseconds, and the clock for them. */
export interface FeedTiming {
  /** A clock that never goes back. */
  milliseconds(): number;
  /** Between looks at a sink to which nothing is to be delivered. */
  readonly probeEvery: number;
  /** A delivery that takes longer counts as a sink that is down. */
  readonly longestDelivery: number;
  /** Longest wait of an operation for the delivery of its event. */
  readonly longestWait: number;
  /** Least time between two notes of the place in the log. */
  readonly saveEvery: number;
  readonly backOff: BackOff;
}

export const realFeedTiming: FeedTiming = {
  milliseconds: () => performance.now(),
  probeEvery: 1_000,
  longestDelivery: 10_000,
  longestWait: 5_000,
  saveEvery: 1_000,
  backOff: { firstSeconds: 0.5, longestSeconds: 10 },
};

/** How a sink stands. */
export interface FeedState {
  readonly name: SinkName;
  readonly up: boolean;
  /** Events in the log that it was not given yet. */
  readonly backlog: number;
  /** Events handed over since the start, repetitions included. */
  readonly delivered: number;
}

export interface SinkFeed {
  readonly name: SinkName;
  isUp(): boolean;
  /** Why it is down, for the log. */
  failure(): string | undefined;
  /** Whether the sink has the event of this index, or gets it in time. */
  has(index: number): Promise<boolean>;
  state(): FeedState;
  /** The log has so many events now. */
  logGrew(size: number): void;
  start(): Promise<void>;
  reopen(): Promise<void>;
  stop(): Promise<void>;
}

/** Events in one delivery. */
const batchSize = 256;
const longestStart = 5_000;
const longestFarewell = 2_000;

type Foundation = Pick<Estate, 'store' | 'log' | 'now' | 'newId'>;

/** Everything a feed knows; it begins unreached, which counts as down. */
interface Standing {
  /** The first index that was not handed over; `undefined` until the place was read from the database. */
  next: number | undefined;
  logSize: number;
  delivered: number;
  isUp: boolean;
  failure: string | undefined;
  failures: number;
  savedNext: number;
  savedAt: number;
  isStopping: boolean;
}

export function sinkFeed(foundation: Foundation, sink: AuditSink, timing: FeedTiming): SinkFeed {
  const { store, log } = foundation;
  const cursor = sinkCursor(foundation, sink.name);
  const news = signal();
  const progress = signal();
  const stopping = signal();
  const standing: Standing = {
    next: undefined,
    logSize: 0,
    delivered: 0,
    isUp: false,
    failure: 'it was not reached yet',
    failures: 0,
    savedNext: 0,
    savedAt: Number.NEGATIVE_INFINITY,
    isStopping: false,
  };
  let certain: Settling = settling(0, sink.settlesInSeconds, timing.milliseconds);
  let loop: Promise<void> = Promise.resolve();

  const wentWell = async () => {
    const hadFailed = standing.failures > 0;
    Object.assign(standing, { isUp: true, failure: undefined, failures: 0 });
    progress.raise();
    if (!hadFailed) return;
    log.info({ sink: sink.name }, 'the audit sink takes events again');
    await tellOutage(foundation, sink.name, false);
  };
  const wentWrong = async (thrown: unknown) => {
    const isFirst = standing.failures === 0;
    const failure = thrown instanceof Error ? thrown.message : 'it failed';
    Object.assign(standing, { isUp: false, failure, failures: standing.failures + 1 });
    if (standing.next !== undefined) standing.next = certain.rewind();
    progress.raise();
    if (!isFirst) return;
    log.error({ err: thrown, sink: sink.name }, 'an audit sink is down');
    await tellOutage(foundation, sink.name, true);
  };
  /** A sink that hangs is down, although nothing has failed yet. */
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    const late = setTimeout(() => Object.assign(standing, { isUp: false, failure: 'it takes too long' }), timing.longestDelivery);
    try {
      return await work;
    } finally {
      clearTimeout(late);
    }
  };
  const begin = async (): Promise<number> => {
    const saved = Math.min(await cursor.load(), standing.logSize);
    const next = Math.max(saved, await heldBy(foundation, sink, standing.logSize));
    standing.savedNext = saved;
    certain = settling(next, sink.settlesInSeconds, timing.milliseconds);
    return next;
  };
  /** One delivery, or a look at the sink when there is nothing to deliver. @returns whether there was something */
  const turn = async (): Promise<boolean> => {
    standing.next ??= await begin();
    const records = standing.next < standing.logSize ? await store.audit.read(standing.next, batchSize) : [];
    const last = records.at(-1);
    if (!last) {
      await watched(sink.probe());
    } else {
      await watched(sink.deliver(records));
      standing.delivered += records.length;
      standing.next = last.index + 1;
      certain.took(standing.next);
    }
    await wentWell();
    return last !== undefined;
  };
  const save = async (isLast = false) => {
    const next = certain.settled();
    const isDue = isLast || timing.milliseconds() - standing.savedAt >= timing.saveEvery;
    if (standing.next === undefined || next === standing.savedNext || !isDue) return;
    standing.savedAt = timing.milliseconds();
    try {
      await cursor.save(next);
      standing.savedNext = next;
    } catch (err) {
      log.warn({ err, sink: sink.name }, 'how far an audit sink came could not be noted; it may get events twice');
    }
  };
  const run = async () => {
    while (!standing.isStopping) {
      let hadWork = false;
      try {
        hadWork = await turn();
      } catch (thrown) {
        await wentWrong(thrown);
        await stopping.within(retryDelaySeconds(timing.backOff, standing.failures, Math.random()) * 1000);
        continue;
      }
      await save();
      if (!hadWork && (standing.next ?? 0) >= standing.logSize) await news.within(timing.probeEvery);
    }
  };
  /** What is left, once the loop has ended. */
  const lastTurns = async () => {
    await loop;
    while (standing.isUp && (await turn().catch(() => false)));
  };
  return {
    name: sink.name,
    isUp: () => standing.isUp,
    failure: () => standing.failure,
    has: async (index) => {
      const until = timing.milliseconds() + timing.longestWait;
      while ((standing.next ?? 0) <= index) {
        const left = until - timing.milliseconds();
        if (left <= 0 || standing.isStopping) return false;
        await progress.within(left);
      }
      return true;
    },
    state: () => ({
      name: sink.name,
      up: standing.isUp,
      backlog: Math.max(0, standing.logSize - (standing.next ?? 0)),
      delivered: standing.delivered,
    }),
    logGrew: (size) => {
      if (size <= standing.logSize) return;
      standing.logSize = size;
      news.raise();
    },
    start: async () => {
      loop = run();
      await progress.within(longestStart);
    },
    reopen: () => sink.reopen(),
    stop: async () => {
      standing.isStopping = true;
      news.raise();
      stopping.raise();
      progress.raise();
      // A sink that hangs must not keep the server from ending; it gets the rest after the next start.
      const ended = signal();
      void lastTurns().then(() => ended.raise());
      await ended.within(longestFarewell);
      await save(true);
      await sink.close().catch((err: unknown) => log.warn({ err, sink: sink.name }, 'an audit sink did not close'));
    },
  };
}

/** The index after the last event that the sink itself holds; 0 when it cannot tell, or holds another log's. */
async function heldBy({ store }: Foundation, sink: AuditSink, logSize: number): Promise<number> {
  const last = await sink.last?.();
  if (!last || last.index >= logSize) return 0;
  const [record] = await store.audit.read(last.index, 1);
  return record && bytesToHex(record.leafHash) === last.leafHash ? last.index + 1 : 0;
}

/** An outage and its end are in the log itself, where the sink finds them when it is back. */
async function tellOutage(foundation: Foundation, name: SinkName, isDown: boolean): Promise<void> {
  const { store, log, now, newId } = foundation;
  const context = { estate: { newId }, call: systemCall('delivery', newId()), now: now() };
  const action = isDown ? 'audit-sink.fail' : 'audit-sink.recover';
  const target = { kind: 'audit-sink', id: null, name, vaultId: null };
  try {
    await store.audit.append(auditEvent(context, { action }, { target }));
  } catch (err) {
    log.error({ err, sink: name }, 'the state of an audit sink could not be audited');
  }
}
