/** What every audit sink must do: take audit events in the order of the log and hand them on outside the database. */
import type { AuditRecord } from '../domain/audit-event.js';

export const sinkNames = ['file', 'syslog'] as const;
export type SinkName = (typeof sinkNames)[number];

/** Used by one feed: calls never overlap, but for `close`. Every rejection is an Error whose message a person can act on. */
export interface AuditSink {
  readonly name: SinkName;
  /**
   * Seconds for which an event that was taken may still be lost where nobody acknowledges it (in the buffers of a
   * connection that breaks). After a failure events are delivered again from that long ago on; 0 where taken means kept.
   */
  readonly settlesInSeconds: number;
  /** Resolves when all of the records are handed over. After a rejection none, some or all of them may have been. */
  deliver(records: readonly AuditRecord[]): Promise<void>;
  /** Resolves while the sink could deliver, as far as it can know without doing so; repairs what it can (reconnects, reopens). */
  probe(): Promise<void>;
  /** The last event that the sink holds, where it can tell. */
  last?(): Promise<SinkPosition | undefined>;
  /** Lets go of what it has open and opens it anew with the next delivery (after a log rotation). */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** An event's place in the log, and its hash in lower-case hex, so that an index of another log is not mistaken for one of ours. */
export interface SinkPosition {
  readonly index: number;
  readonly leafHash: string;
}
