import type { Evidence } from '../invariants.js';
import { tellsDeed } from '../key-changes.js';
import { movesKeys } from '../key-model.js';
import type { Holder, RecordSeen, Snapshot } from '../snapshot.js';
import type { Told } from '../told.js';

/**
 * Each request has exactly the records of its end; each record of a change is a request's, or the server's own; the
 * order of the log does not contradict what clients saw; and no revision grew without a record.
 */
export function toldInTheLog({ snapshot, told, model }: Evidence): readonly string[] {
  const { records } = snapshot.log;
  const byRequest = new Map<string, RecordSeen[]>();
  for (const record of records) {
    const known = byRequest.get(record.event.requestId);
    if (known) known.push(record);
    else byRequest.set(record.event.requestId, [record]);
  }
  const asked = new Set(told.map(({ requestId }) => requestId));
  const unasked = records.filter(
    ({ event }) => movesKeys(event.action) && tellsDeed(event) && event.initiator.kind !== 'SYSTEM' && !asked.has(event.requestId),
  );
  return [
    ...model.impossible,
    ...told.flatMap((request) => requestFaults(request, byRequest.get(request.requestId) ?? [])),
    ...unasked.map(({ index, event }) => `record ${index} tells of ${event.action}, which nobody asked for`),
    ...outOfOrder(told, byRequest),
    ...[...snapshot.vaults, ...snapshot.keystores, ...snapshot.keyTemplates].flatMap((holder) => holderFaults(snapshot, holder)),
  ];
}

function requestFaults({ requestId, action, ending, subjectId }: Told, all: readonly RecordSeen[]): string[] {
  const ofAction = all.map(({ event }) => event).filter((event) => event.action === action);
  const named = ofAction.filter(({ target }) => subjectId === null || target.id === subjectId);
  // One request may ask for the same of several things, and a refusal may not know what it was about.
  const isOfThisEnd = (code: string) => ending.kind !== 'REFUSED' || code === ending.code;
  const nameless = ofAction.filter(({ target, reason }) => target.id === null && isOfThisEnd(reason.type)).slice(0, 1);
  const events = named.length > 0 ? named : nameless;
  const done = events.filter(({ outcome }) => outcome === 'SUCCESS');
  const refused = events.filter(({ outcome }) => outcome === 'FAILURE');
  const what = `${action} (request ${requestId})`;
  const counts = `${done.length} records of success and ${refused.length} of failure`;
  if (ending.kind === 'OK') return done.length === 1 && refused.length === 0 ? [] : [`${what} was acknowledged and has ${counts}`];
  if (ending.kind === 'UNKNOWN') return done.length <= 1 && refused.length <= 1 ? [] : [`${what} has ${counts}`];
  if (done.length !== 0 || refused.length !== 1) return [`${what} was refused with ${ending.code} and has ${counts}`];
  return refused[0]?.reason.type === ending.code
    ? []
    : [`${what} was refused with ${ending.code}; its record says ${refused[0]?.reason.type}`];
}

/** Nothing stands later in the log than something that began after its end. */
function outOfOrder(told: readonly Told[], byRequest: ReadonlyMap<string, readonly RecordSeen[]>): string[] {
  const placed = told
    .filter(({ ending }) => ending.kind === 'OK')
    .flatMap(({ requestId, begunAt, endedAt }) => {
      const [record] = byRequest.get(requestId) ?? [];
      return record ? [{ requestId, begunAt, endedAt, index: record.index }] : [];
    })
    .sort((a, b) => a.index - b.index);
  let latestBegin = Number.NEGATIVE_INFINITY;
  const faults: string[] = [];
  for (const { requestId, begunAt, endedAt, index } of placed) {
    if (endedAt < latestBegin)
      faults.push(`request ${requestId} was over before another began that stands before it in the log (record ${index})`);
    latestBegin = Math.max(latestBegin, begunAt);
  }
  return faults;
}

/** Vaults, keystores and templates: made by a record, and changed by no more than records tell. */
function holderFaults({ log }: Snapshot, { id, name, vaultId, revision }: Holder): string[] {
  const about = log.records.filter(({ event }) => tellsDeed(event) && isAbout(event, id, vaultId));
  if (about.length === 0) return [`${name} (${id}) is there, and no record speaks of it`];
  return revision > about.length ? [`${name} (${id}) has revision ${revision}, and ${about.length} records speak of it`] : [];
}

/** What a key's operation makes or brings back beside the key stands in its details; a vault's end retires its templates. */
function isAbout({ action, target, details }: RecordSeen['event'], id: string, vaultId: string | null): boolean {
  const revived = details['revived'];
  const isRevived = Array.isArray(revived) && revived.some((one) => (one as { id?: unknown }).id === id);
  return target.id === id || details['templateId'] === id || isRevived || (action === 'vault.delete' && target.id === vaultId);
}
