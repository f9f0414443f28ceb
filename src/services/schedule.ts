/**
 * What happens by the calendar: pending destructions end, dates move states where a key's policy says so, rotation
 * policies rotate, expired import keys are erased. Each is an ordinary operation of the server itself, refused or audited
 * like any other.
 */
import type { Timestamp } from '../domain/entity.js';
import { EstateError } from '../domain/errors.js';
import type { ImportKey, ManagedKey } from '../domain/managed-key.js';
import { type DatedAction, dueAction } from '../domain/schedule.js';
import { addSeconds, dayOf } from '../domain/time.js';
import type { Entities, Noun, Where } from '../store/contract.js';
import { systemCall } from './call.js';
import type { Estate } from './estate.js';
import { activateManagedKey } from './managed-keys/activate.js';
import { deactivateManagedKey } from './managed-keys/deactivate.js';
import { destroyManagedKey } from './managed-keys/destroy.js';
import { endManagedKeyDestruction } from './managed-keys/end-destruction.js';
import { eraseImportKey } from './managed-keys/erase-import-key.js';
import { rotateManagedKey } from './managed-keys/rotate.js';
import type { Operation } from './operation.js';
import { perform } from './perform.js';
import { retryDelaySeconds } from './reconciler/back-off.js';

/** Brings keys and import keys to where the calendar wants them. */
export interface Scheduler {
  /** One pass over all that is due now; passes never overlap. Answers the number of moves made. Never rejects. */
  runDue(): Promise<number>;
  /** Passes now and at an interval; it keeps no process alive. */
  start(): void;
  /** No pass begins any more; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

export interface SchedulerOptions {
  readonly intervalSeconds?: number;
  /** In [0, 1), for the jitter of back-off. */
  readonly random?: () => number;
}

type ScheduledOperation = Operation<{ id: string; revision?: number | undefined }, unknown>;

const operationOf: Readonly<Record<DatedAction['action'], ScheduledOperation>> = {
  activate: activateManagedKey,
  deactivate: deactivateManagedKey,
  destroy: destroyManagedKey,
  endDestruction: endManagedKeyDestruction,
  rotate: rotateManagedKey,
};

/** Keys for which something may be due, each by an index; what is due is for the domain to say. */
function candidates(now: Timestamp): Where<ManagedKey> {
  const today = { lte: dayOf(now) };
  return {
    state: { notIn: ['DESTROYED', 'DESTROYED_COMPROMISED'] },
    any: [
      { destroyAt: { lte: now } },
      { activationDate: today, state: { eq: 'PRE_ACTIVATION' }, ...wants('activateOnDate'), ...withMaterial },
      { expirationDate: today, state: { eq: 'ACTIVE' }, ...wants('deactivateOnDate') },
      { destructionDate: today, destroyAt: { eq: null }, ...wants('destroyOnDate') },
      { nextRotationAt: { lte: now }, state: { eq: 'ACTIVE' }, destroyAt: { eq: null } },
    ],
  };
}

/** The policy is stored as JSON. */
function wants(flag: keyof ManagedKey['lifecyclePolicy']): Where<ManagedKey> {
  return { lifecyclePolicy: { contains: `"${flag}":true` } };
}

/** Keys that still wait for their imported material cannot begin. */
const withMaterial: Where<ManagedKey> = {
  id: { within: { noun: 'keyVersion', field: 'managedKeyId', where: { blobId: { ne: null } } as Where<never> } },
};

/**
 * Import keys that have expired and are still there: with a blob, or as the record that only a key before its activation
 * needs (see `eraseImportKey`).
 */
function expiredImportKeys(now: Timestamp): Where<ImportKey> {
  const activated = { state: { ne: 'PRE_ACTIVATION' } } as Where<never>;
  return {
    expiresAt: { lte: now },
    any: [
      { blobId: { within: { noun: 'keyBlob', field: 'id', where: {} } } },
      { managedKeyId: { within: { noun: 'managedKey', field: 'id', where: activated } } },
    ],
  };
}

/** A kind of things with a calendar: those for which something may be due, and what is due for one of them. */
interface Calendar<N extends Noun> {
  readonly noun: N;
  candidates(now: Timestamp): Where<Entities[N]>;
  due(entity: Entities[N], now: Timestamp): ScheduledOperation | null;
}

const keyCalendar: Calendar<'managedKey'> = {
  noun: 'managedKey',
  candidates,
  due: (key, now) => {
    const due = dueAction(key, now);
    return due && operationOf[due.action];
  },
};
const importKeyCalendar: Calendar<'importKey'> = { noun: 'importKey', candidates: expiredImportKeys, due: () => eraseImportKey };

const backOff = { firstSeconds: 30, longestSeconds: 3600 };
const batchSize = 200;

/** The scheduler of this server. */
export function scheduler(estate: Estate, { intervalSeconds = 15, random = Math.random }: SchedulerOptions = {}): Scheduler {
  const setbacks = setbackBook(estate, random);
  let running: Promise<number> | undefined;
  let cancel: (() => void) | undefined;
  const runDue = async () => {
    running ??= runPass(estate, setbacks).finally(() => {
      running = undefined;
    });
    return await running;
  };
  const next = () =>
    estate.timers.after(intervalSeconds * 1000, () => {
      cancel = next();
      void runDue();
    });
  return {
    runDue,
    start: () => {
      if (cancel) return;
      cancel = next();
      // A server that never lives as long as the interval gets to its calendar all the same.
      void runDue();
    },
    stop: async () => {
      cancel?.();
      cancel = undefined;
      await running;
    },
  };
}

async function runPass(estate: Estate, setbacks: SetbackBook): Promise<number> {
  return (await runCalendar(estate, setbacks, keyCalendar)) + (await runCalendar(estate, setbacks, importKeyCalendar));
}

/** Every key is moved at most once in a pass; those that failed lately wait, so that they hold up no others. */
async function runCalendar<N extends Noun>(estate: Estate, setbacks: SetbackBook, calendar: Calendar<N>): Promise<number> {
  const seen = new Set(setbacks.waitingIds());
  let moves = 0;
  try {
    for (;;) {
      const where = { ...calendar.candidates(estate.now()), id: { notIn: [...seen] } };
      const entities = await estate.store.read.find(calendar.noun, where, batchSize);
      if (entities.length === 0) return moves;
      for (const entity of entities) {
        seen.add(entity.id);
        const operation = calendar.due(entity, estate.now());
        if (operation && (await makeMove(estate, setbacks, operation, entity.id))) moves += 1;
      }
    }
  } catch (err) {
    estate.log.error({ err, noun: calendar.noun }, 'the schedule could not be read');
    return moves;
  }
}

async function makeMove(estate: Estate, setbacks: SetbackBook, operation: ScheduledOperation, id: string): Promise<boolean> {
  if (setbacks.waits(operation.name)) return false;
  const requestId = estate.newId();
  try {
    await perform(estate, systemCall('scheduler', requestId), operation, { id });
    setbacks.clear(operation.name, id);
    return true;
  } catch (err) {
    // A sealed HSM refuses every key alike, and so does a required audit sink that is down: the others need not be asked.
    const isForAll = err instanceof EstateError && (err.kind === 'sealed' || err.code === 'AUDIT_UNAVAILABLE');
    setbacks.note(isForAll ? operation.name : id);
    estate.log.warn({ err, operation: operation.name, id, requestId }, 'a scheduled move was refused; it is tried again');
    return false;
  }
}

/** What failed (a key's id, or an operation's name for all keys), and until when it is left alone; forgotten with the process. */
interface SetbackBook {
  note(what: string): void;
  clear(...what: readonly string[]): void;
  waits(what: string): boolean;
  waitingIds(): readonly string[];
}

function setbackBook(estate: Pick<Estate, 'now'>, random: () => number): SetbackBook {
  const book = new Map<string, { readonly attempts: number; readonly until: Timestamp }>();
  // No wait is longer than the longest: one that seems so was begun before the clock was set back.
  const waits = (what: string) => {
    const until = book.get(what)?.until ?? '';
    return until > estate.now() && until <= addSeconds(estate.now(), backOff.longestSeconds);
  };
  return {
    note: (what) => {
      const attempts = (book.get(what)?.attempts ?? 0) + 1;
      book.set(what, { attempts, until: addSeconds(estate.now(), retryDelaySeconds(backOff, attempts, random())) });
    },
    clear: (...what) => {
      for (const one of what) book.delete(one);
    },
    waits,
    waitingIds: () => [...book.keys()].filter(waits),
  };
}
