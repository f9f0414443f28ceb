/**
 * Tells in the audit log what expires soon: once per thing and threshold. That it was told is committed with the event, so
 * that a crash neither loses nor doubles it.
 */
import type { Id } from '../../domain/entity.js';
import { type Expiring, type ExpiryNotice, noticeDue, nounOfKind } from '../../domain/expiry.js';
import { addDays } from '../../domain/time.js';
import type { Reader, Writer } from '../../store/contract.js';
import { auditEvent } from '../audit-event.js';
import { systemCall } from '../call.js';
import type { Estate } from '../estate.js';
import { made } from '../tracked.js';
import { apiKeySource, certificateSource, managedKeySource, type Source } from './sources.js';

export interface ExpiryWatch {
  /** One pass over all that expires soon. @returns how many notices it gave */
  runDue(): Promise<number>;
  /** A pass now and then one an hour; it keeps no process alive. */
  start(): void;
  /** Resolves when the pass under way has ended. */
  stop(): Promise<void>;
}

const intervalMilliseconds = 3_600_000;
const retryMilliseconds = 60_000;
const batchSize = 200;

/** @param thresholds days before an expiry at which somebody is told; none: nobody is */
export function expiryWatch(estate: Estate, thresholds: readonly number[]): ExpiryWatch {
  let cancel = () => {};
  let running: Promise<unknown> = Promise.resolve();
  let isStopped = true;

  const runDue = async (): Promise<number> => {
    let told = 0;
    if (thresholds.length === 0) return told;
    for (const source of [managedKeySource(estate), apiKeySource(estate), certificateSource(estate)])
      told += await tellOf(estate, source, thresholds);
    return told;
  };
  const round = async () => {
    const wait = await runDue().then(
      () => intervalMilliseconds,
      (err: unknown) => {
        estate.log.warn({ err }, 'what expires soon could not be told; it is tried again');
        return retryMilliseconds;
      },
    );
    if (!isStopped) cancel = estate.timers.after(wait, begin);
  };
  const begin = () => {
    running = round();
  };
  return {
    runDue,
    start: () => {
      if (!isStopped) return;
      isStopped = false;
      begin();
    },
    stop: async () => {
      isStopped = true;
      cancel();
      await running;
    },
  };
}

async function tellOf(estate: Estate, source: Source, thresholds: readonly number[]): Promise<number> {
  const until = addDays(estate.now(), Math.max(...thresholds));
  let told = 0;
  let cursor: string | undefined;
  for (;;) {
    const page = await source.page(until, { limit: batchSize, ...(cursor === undefined ? {} : { cursor }) });
    const found = page.items.map(({ entity }) => entity);
    const notices = await noticesOf(estate.store.read, found);
    const now = estate.now();
    const due = found.filter(({ id, expiresAt }) => noticeDue(expiresAt, now, thresholds, notices.get(id)) !== null);
    if (due.length > 0) told += await tell(estate, source, due, thresholds);
    cursor = page.items.at(-1)?.cursor;
    if (!page.hasNext || cursor === undefined) return told;
  }
}

async function tell(estate: Estate, source: Source, due: readonly Expiring[], thresholds: readonly number[]): Promise<number> {
  // Like every change, this one waits for the sinks that must have its event.
  estate.delivery.refuseWhileDown();
  const call = systemCall('scheduler', estate.newId());
  return await estate.store.write(async (tx) => {
    const context = { estate, call, now: estate.now() };
    const notices = await noticesOf(tx, due);
    let told = 0;
    for (const { id } of due) {
      const subject = await source.again(tx, id);
      const days = subject ? noticeDue(subject.expiresAt, context.now, thresholds, notices.get(id)) : null;
      if (!subject || days === null) continue;
      const { kind, name, vaultId, expiresAt, ends } = subject;
      await remember(tx, { ...made(context), subjectId: id, expiresAt, noticeDays: days });
      const action = `${nounOfKind[kind]}.expires-soon`;
      const facts = { target: { kind: nounOfKind[kind], id, name, vaultId }, details: { expiresAt, noticeDays: days, ends } };
      await tx.appendAudit(auditEvent(context, { action }, facts));
      told += 1;
    }
    return told;
  });
}

async function remember(tx: Writer, notice: ExpiryNotice): Promise<void> {
  await tx.deleteWhere('expiryNotice', { subjectId: { eq: notice.subjectId } });
  await tx.insert('expiryNotice', notice);
}

async function noticesOf(reader: Reader, subjects: readonly Expiring[]): Promise<ReadonlyMap<Id, ExpiryNotice>> {
  if (subjects.length === 0) return new Map();
  const notices = await reader.find('expiryNotice', { subjectId: { in: subjects.map(({ id }) => id) } });
  return new Map(notices.map((notice) => [notice.subjectId, notice]));
}
