/** What dates do to keys. Everything is UTC; a day begins at midnight. */
import type { PlainDate, Timestamp } from './entity.js';
import type { KeyAction } from './key-state.js';
import { nextRotationOf, type Rotatable } from './rotation.js';
import type { LifecyclePolicy } from './template.js';
import { addDays, addPeriod, compareTimes, startOfDay } from './time.js';

/** What of a key its dates act on. */
export interface Scheduled extends Rotatable {
  readonly activationDate: PlainDate | null;
  readonly expirationDate: PlainDate | null;
  readonly destructionDate: PlainDate | null;
  readonly lifecyclePolicy: LifecyclePolicy;
}

/** Something that dates do to a key, and when. */
export interface DatedAction {
  readonly action: Extract<KeyAction, 'activate' | 'deactivate' | 'destroy' | 'endDestruction' | 'rotate'>;
  readonly at: Timestamp;
}

/**
 * What is due for a key at `now`, or `null`. Of several missed dates the one that leads furthest counts, so that a
 * server that was down catches up with one move and not with each it slept through; likewise one rotation.
 */
export function dueAction(key: Scheduled, now: Timestamp): DatedAction | null {
  return datedActions(key, now).find(({ at }) => compareTimes(at, now) <= 0) ?? null;
}

/** When next something is due for a key; a time up to `now` means at once, `null` never. */
export function nextDueAt(key: Scheduled, now: Timestamp): Timestamp | null {
  const times = datedActions(key, now).map(({ at }) => at);
  return times.reduce<Timestamp | null>((earliest, at) => (earliest === null || compareTimes(at, earliest) < 0 ? at : earliest), null);
}

/** All that dates will do from the key's present state on, what leads furthest first. */
function datedActions(key: Scheduled, now: Timestamp): DatedAction[] {
  if (key.state === 'DESTROYED' || key.state === 'DESTROYED_COMPROMISED') return [];
  if (key.destroyAt !== null) return [{ action: 'endDestruction', at: key.destroyAt }];
  const candidates: (DatedAction | undefined)[] = [destruction(key), deactivation(key), activation(key, now), rotation(key)];
  return candidates.filter((candidate) => candidate !== undefined);
}

function destruction({ destructionDate, lifecyclePolicy }: Scheduled): DatedAction | undefined {
  if (!lifecyclePolicy.destroyOnDate || destructionDate === null) return undefined;
  return { action: 'destroy', at: startOfDay(destructionDate) };
}

function deactivation(key: Scheduled): DatedAction | undefined {
  const at = endOfUse(key);
  return key.state === 'ACTIVE' && at !== null ? { action: 'deactivate', at } : undefined;
}

/** A key whose time is over already is not activated any more. */
function activation(key: Scheduled, now: Timestamp): DatedAction | undefined {
  if (key.state !== 'PRE_ACTIVATION' || !key.lifecyclePolicy.activateOnDate || key.activationDate === null) return undefined;
  const end = endOfUse(key);
  return end !== null && compareTimes(end, now) <= 0 ? undefined : { action: 'activate', at: startOfDay(key.activationDate) };
}

function rotation(key: Scheduled): DatedAction | undefined {
  const at = nextRotationOf(key);
  return at === null ? undefined : { action: 'rotate', at };
}

function endOfUse(key: Scheduled): Timestamp | null {
  return key.lifecyclePolicy.deactivateOnDate ? expiryOf(key) : null;
}

/** When a key expires: its expiration date is the last day on which it is meant to be used. `null` without one. */
export function expiryOf({ expirationDate }: Pick<Scheduled, 'expirationDate'>): Timestamp | null {
  return expirationDate === null ? null : addDays(startOfDay(expirationDate), 1);
}

/**
 * The dates of a key made today: activation counts from today, expiration from the activation date (or today without one).
 * @throws EstateError INPUT_INVALID for periods that cannot be read or lead too far
 */
export function plannedDates(
  periods: { readonly activationPeriod: string | null; readonly expirationPeriod: string | null },
  today: PlainDate,
): { readonly activationDate: PlainDate | null; readonly expirationDate: PlainDate | null } {
  const activationDate = periods.activationPeriod === null ? null : addPeriod(today, periods.activationPeriod);
  const expirationDate = periods.expirationPeriod === null ? null : addPeriod(activationDate ?? today, periods.expirationPeriod);
  return { activationDate, expirationDate };
}
