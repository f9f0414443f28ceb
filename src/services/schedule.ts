/**
 * What happens to managed keys by the calendar: pending destructions end, dates move states where a key's policy says
 * so, rotation policies rotate. Each move is an ordinary operation of the server itself, refused or audited like any other.
 */
import type { PlainDate, Timestamp } from '../domain/entity.js';
import { EstateError } from '../domain/errors.js';
import type { ManagedKey } from '../domain/managed-key.js';
import { addSeconds, dayOf } from '../domain/time.js';
import type { Where } from '../store/contract.js';
import { systemCall } from './call.js';
import type { Estate } from './estate.js';
import { activateManagedKey } from './managed-keys/activate.js';
import { deactivateManagedKey } from './managed-keys/deactivate.js';
import { destroyManagedKey } from './managed-keys/destroy.js';
import { endManagedKeyDestruction } from './managed-keys/end-destruction.js';
import { rotateManagedKey } from './managed-keys/rotate.js';
import type { Operation } from './operation.js';
import { perform } from './perform.js';
import { retryDelaySeconds } from './reconciler/back-off.js';
import { livingKeys } from './retire.js';

/** Brings keys to where the calendar wants them. */
export interface Scheduler {
  /** One pass over all that is due now; passes never overlap. Answers the number of moves made. Never rejects. */
  runDue(): Promise<number>;
  /** Passes at an interval from now on; it keeps no process alive. */
  start(): void;
  /** No pass begins any more; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

export interface SchedulerOptions {
  readonly intervalSeconds?: number;
  /** In [0, 1), for the jitter of back-off. */
  readonly random?: () => number;
}

/** A kind of move, and the keys for which it is due. */
interface DueMove {
  readonly operation: Operation<{ id: string; revision?: number | undefined }, ManagedKey>;
  due(now: Timestamp, today: PlainDate): Where<ManagedKey>;
}

/**
 * In this order, so that dates that were missed together happen in the order they were meant. What is due is told by
 * where a key stands and not by which day it is, so a date missed five times still moves a key once.
 */
const dueMoves: readonly DueMove[] = [
  {
    operation: endManagedKeyDestruction,
    due: (now) => ({ destroyAt: { lte: now }, state: { in: ['DEACTIVATED', 'COMPROMISED'] } }),
  },
  {
    operation: activateManagedKey,
    due: (_now, today) => ({
      activationDate: { lte: today },
      state: { eq: 'PRE_ACTIVATION' },
      ...wants('activateOnDate'),
      ...withMaterial,
    }),
  },
  {
    // The expiration date is the last day of use.
    operation: deactivateManagedKey,
    due: (_now, today) => ({ expirationDate: { lt: today }, state: { eq: 'ACTIVE' }, ...wants('deactivateOnDate') }),
  },
  {
    operation: destroyManagedKey,
    due: (_now, today) => ({ destructionDate: { lte: today }, ...livingKeys, ...wants('destroyOnDate') }),
  },
  { operation: rotateManagedKey, due: (now) => ({ nextRotationAt: { lte: now }, state: { eq: 'ACTIVE' }, destroyAt: { eq: null } }) },
];

/** The policy is stored as JSON. */
function wants(flag: keyof ManagedKey['lifecyclePolicy']): Where<ManagedKey> {
  return { lifecyclePolicy: { contains: `"${flag}":true` } };
}

/** Keys that still wait for their imported material cannot begin. */
const withMaterial: Where<ManagedKey> = {
  id: { within: { noun: 'keyVersion', field: 'managedKeyId', where: { blobId: { ne: null } } as Where<never> } },
};

const backOff = { firstSeconds: 30, longestSeconds: 3600 };
const batchSize = 200;

/** The scheduler of this server. */
export function scheduler(estate: Estate, { intervalSeconds = 15, random = Math.random }: SchedulerOptions = {}): Scheduler {
  const setbacks = setbackBook(estate, random);
  let running: Promise<number> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const runDue = async () => {
    running ??= runPass(estate, setbacks).finally(() => {
      running = undefined;
    });
    return await running;
  };
  return {
    runDue,
    start: () => {
      timer ??= setInterval(() => void runDue(), intervalSeconds * 1000).unref();
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}

async function runPass(estate: Estate, setbacks: SetbackBook): Promise<number> {
  let moves = 0;
  for (const dueMove of dueMoves) {
    try {
      moves += await runMove(estate, setbacks, dueMove);
    } catch (err) {
      estate.log.error({ err, operation: dueMove.operation.name }, 'a schedule could not be read');
    }
  }
  return moves;
}

/** All keys for which one kind of move is due; those that failed lately wait, so that they hold up no others. */
async function runMove(estate: Estate, setbacks: SetbackBook, { operation, due }: DueMove): Promise<number> {
  let moves = 0;
  while (!setbacks.waits(operation.name)) {
    const now = estate.now();
    const tried = { any: [{ id: { notIn: setbacks.waitingIds(operation.name) } }] };
    const keys = await estate.store.read.find('managedKey', { ...due(now, dayOf(now)), ...tried }, batchSize);
    if (keys.length === 0) break;
    for (const key of keys) if (await makeMove(estate, setbacks, operation, key)) moves += 1;
  }
  return moves;
}

async function makeMove(estate: Estate, setbacks: SetbackBook, operation: DueMove['operation'], { id }: ManagedKey): Promise<boolean> {
  if (setbacks.waits(operation.name)) return false;
  const requestId = estate.newId();
  try {
    await perform(estate, systemCall('scheduler', requestId), operation, { id });
    setbacks.clear(operation.name, id);
    return true;
  } catch (err) {
    // A sealed HSM refuses every key alike: the others need not be asked.
    const isForAll = err instanceof EstateError && err.kind === 'sealed';
    setbacks.note(operation.name, isForAll ? undefined : id);
    estate.log.warn({ err, operation: operation.name, managedKeyId: id, requestId }, 'a scheduled move was refused; it is tried again');
    return false;
  }
}

/** What failed, and until when it is left alone; forgotten with the process, since what is due is told by the keys. */
interface SetbackBook {
  /** Without an id: the operation as a whole. */
  note(operation: string, id?: string): void;
  clear(operation: string, id: string): void;
  waits(operation: string): boolean;
  waitingIds(operation: string): readonly string[];
}

const allKeys = '';

function setbackBook(estate: Pick<Estate, 'now'>, random: () => number): SetbackBook {
  const book = new Map<string, Map<string, { readonly attempts: number; readonly until: Timestamp }>>();
  const pageOf = (operation: string) => {
    const page = book.get(operation) ?? new Map<string, { readonly attempts: number; readonly until: Timestamp }>();
    book.set(operation, page);
    return page;
  };
  return {
    note: (operation, id = allKeys) => {
      const attempts = (pageOf(operation).get(id)?.attempts ?? 0) + 1;
      pageOf(operation).set(id, { attempts, until: addSeconds(estate.now(), retryDelaySeconds(backOff, attempts, random())) });
    },
    clear: (operation, id) => {
      pageOf(operation).delete(id);
      pageOf(operation).delete(allKeys);
    },
    waits: (operation) => (pageOf(operation).get(allKeys)?.until ?? '') > estate.now(),
    waitingIds: (operation) => [...pageOf(operation)].filter(([id, { until }]) => id !== allKeys && until > estate.now()).map(([id]) => id),
  };
}
