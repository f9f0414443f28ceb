/**
 * Brings the audit log to its sinks, each at its own pace from where it stopped: in order, at least once, across restarts
 * and outages. Nothing is queued: what a sink lacks is read back from the log.
 *
 * A required sink that is down refuses every operation before it does anything. An operation that uses keys keeps its
 * answer back until every required sink has its event. A change does not: once committed it is done and in the log, from
 * where the sink gets it; an error would only make the caller do it twice.
 */
import type { AuditRecord } from '../../../domain/audit-event.js';
import { EstateError } from '../../../domain/errors.js';
import type { AuditSink, SinkName } from '../../../sinks/contract.js';
import type { Estate } from '../../estate.js';
import { type FeedState, type FeedTiming, realFeedTiming, type SinkFeed, sinkFeed } from './sink-feed.js';

/** How a sink stands. */
export interface SinkState extends FeedState {
  readonly required: boolean;
}

/** What operations need to know of the sinks. */
export interface AuditDelivery {
  /** @throws EstateError AUDIT_UNAVAILABLE with `sink` while a required one is down */
  refuseWhileDown(): void;
  /** Resolves when every required sink has the event; at once where none is required. @throws EstateError AUDIT_UNAVAILABLE with `sink` */
  delivered(record: AuditRecord): Promise<void>;
  states(): readonly SinkState[];
}

export interface RunningDelivery extends AuditDelivery {
  /** Begins; resolves when each sink was reached or was found down, after five seconds at the latest. */
  start(): Promise<void>;
  /** Sinks let go of what they have open: a log was rotated. */
  reopen(): Promise<void>;
  /** Delivers what is left while that is quick, and closes the sinks. */
  stop(): Promise<void>;
}

export interface DeliveryOptions {
  readonly sinks: readonly AuditSink[];
  readonly required: readonly SinkName[];
  readonly timing?: Partial<FeedTiming>;
}

type Foundation = Pick<Estate, 'store' | 'log' | 'now' | 'newId'>;

/** The delivery to no sink at all. */
export const noDelivery: AuditDelivery = { refuseWhileDown: () => {}, delivered: async () => {}, states: () => [] };

/** Delivers to these sinks once it is started; until then the required ones count as down. */
export function auditDelivery(foundation: Foundation, { sinks, required, timing }: DeliveryOptions): RunningDelivery {
  const times: FeedTiming = { ...realFeedTiming, ...timing };
  const feeds = sinks.map((sink) => sinkFeed(foundation, sink, times));
  const needed = feeds.filter(({ name }) => required.includes(name));
  let unsubscribe = () => {};
  return {
    refuseWhileDown: () => {
      for (const feed of needed) if (!feed.isUp()) throw unavailable(feed);
    },
    delivered: async ({ index }) => {
      for (const feed of needed) if (!(await feed.has(index))) throw unavailable(feed);
    },
    states: () => feeds.map((feed) => ({ ...feed.state(), required: needed.includes(feed) })),
    start: async () => {
      unsubscribe = foundation.store.onCommit(({ audit }) => {
        const last = audit.at(-1);
        if (last) for (const feed of feeds) feed.logGrew(last.index + 1);
      });
      const size = await foundation.store.audit.size();
      for (const feed of feeds) feed.logGrew(size);
      await Promise.all(feeds.map((feed) => feed.start()));
    },
    reopen: async () => {
      await Promise.all(feeds.map((feed) => feed.reopen()));
    },
    stop: async () => {
      unsubscribe();
      await Promise.all(feeds.map((feed) => feed.stop()));
    },
  };
}

function unavailable(feed: SinkFeed): EstateError {
  const why = feed.failure() ?? 'it is behind';
  return new EstateError('AUDIT_UNAVAILABLE', { sink: feed.name }, { cause: new Error(`required audit sink ${feed.name}: ${why}`) });
}
