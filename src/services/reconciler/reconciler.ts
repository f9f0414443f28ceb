/** The one loop that drives every key instance from what was seen in its keystore to what is wanted there. */
import type { Id, Timestamp } from '../../domain/entity.js';
import type { Keystore } from '../../domain/keystore.js';
import type { KeyInstance } from '../../domain/managed-key.js';
import type { Estate } from '../estate.js';
import { askedSteps } from './asked.js';
import type { BackOff } from './back-off.js';
import { connections } from './connections.js';
import { type KeystoreLimits, type Lane, lanes } from './lanes.js';
import { type PassSurroundings, pass } from './pass.js';
import { setBackClock } from './set-back-clock.js';
import { wakeUps } from './wake-ups.js';

export interface ReconcilerOptions {
  /** How hard each keystore may be worked; by default the internal one freely, others gently. */
  readonly limitsOf?: (keystore: Keystore) => KeystoreLimits;
  readonly backOff?: BackOff;
  /** In [0, 1): spreads what failed together. */
  readonly random?: () => number;
  /** Seconds after which an instance that is as wanted is looked at again; `null`, the default: only when asked. */
  readonly verifyAfterSeconds?: number | null;
}

export interface Reconciler {
  /** Works on what is due, and from now on on what becomes due. */
  start(): void;
  /** Takes up nothing more, waits for the steps under way, and closes the connections. */
  stop(): Promise<void>;
  /** Drives as much of what is due as the keystores' limits admit at once. @returns how many instances that were */
  runDue(): Promise<number>;
  /** Works until nothing is due. What waits for its next attempt is not due. */
  settle(): Promise<void>;
}

const defaultBackOff: BackOff = { firstSeconds: 1, longestSeconds: 300 };
/** How long an instance rests whose outcome could not even be written down. */
const unrecordedRestMilliseconds = 1_000;

/** @returns a reconciler that does nothing until it is started or asked. */
export function reconciler(estate: Estate, options: ReconcilerOptions = {}): Reconciler {
  const { timers } = estate;
  const open = connections(estate);
  const allLanes = lanes(options.limitsOf ?? ((keystore) => defaultLimits(estate, keystore)), timers);
  const resting = new Map<Id, number>();
  let isStopping = false;
  const surroundings: PassSurroundings = {
    estate,
    connections: open,
    backOff: options.backOff ?? defaultBackOff,
    random: options.random ?? Math.random,
    verifyAfterSeconds: options.verifyAfterSeconds ?? null,
    asked: askedSteps(timers),
    isStopping: () => isStopping,
  };
  const clock = wakeUps(estate, async () => await fill());
  const setBack = setBackClock(estate);

  async function drive(lane: Lane, { id }: KeyInstance): Promise<void> {
    try {
      await pass(surroundings, lane, id);
      resting.delete(id);
    } catch (err) {
      estate.log.error({ err, keyInstanceId: id }, 'the outcome of a pass could not be recorded');
      resting.set(id, timers.milliseconds() + unrecordedRestMilliseconds);
      timers.after(unrecordedRestMilliseconds, clock.wake);
    } finally {
      lane.running.delete(id);
      clock.wake();
    }
  }

  /** Starts passes for what is due, as far as each keystore's lane has room. @returns how many it started */
  async function fill(): Promise<number> {
    if (isStopping) return 0;
    const { read } = estate.store;
    await setBack.catchUp();
    const now = estate.now();
    const due = await read.countBy('keyInstance', 'keystoreId', { nextAttemptAt: { lte: now } });
    let started = 0;
    for (const keystore of await read.getMany('keystore', [...due.keys()])) {
      const lane = allLanes.of(keystore);
      const instances = await dueIn(keystore, lane, now);
      for (const instance of instances) lane.running.set(instance.id, drive(lane, instance));
      started += instances.length;
    }
    return started;
  }

  async function dueIn(keystore: Keystore, lane: Lane, now: Timestamp): Promise<readonly KeyInstance[]> {
    const room = Math.min(500, lane.limits.concurrency - lane.running.size);
    // A wide lane is not filled up one by one: every pass that ends looks again.
    if (room < Math.max(1, Math.floor(lane.limits.concurrency / 4))) return [];
    const awake = timers.milliseconds();
    for (const [id, until] of resting) if (until <= awake) resting.delete(id);
    const taken = [...lane.running.keys(), ...resting.keys()];
    const where = { keystoreId: { eq: keystore.id }, nextAttemptAt: { lte: now }, id: { notIn: taken } };
    const page = await estate.store.read.page('keyInstance', { where, sort: [{ field: 'nextAttemptAt' }], limit: room });
    return page.items.map(({ entity }) => entity);
  }

  return {
    start: () => {
      setBack.start();
      clock.start();
    },
    stop: async () => {
      isStopping = true;
      setBack.stop();
      await clock.stop();
      await Promise.all(allLanes.running());
      await open.closeAll();
    },
    runDue: async () => {
      const started = await clock.now();
      await Promise.all(allLanes.running());
      return started;
    },
    settle: async () => {
      for (;;) {
        const started = await clock.now();
        const running = allLanes.running();
        if (started === 0 && running.length === 0) return;
        if (running.length > 0) await Promise.race(running);
      }
    },
  };
}

/** Keystores of other providers answer to many callers and show changes late; the internal one is this server itself. */
function defaultLimits({ keystoreTypes }: Estate, { type }: Keystore): KeystoreLimits {
  const isInternal = keystoreTypes.descriptors.some((row) => row.type === type && row.capabilities.holdsKeysForUse);
  return isInternal
    ? { concurrency: 32, perSecond: Number.POSITIVE_INFINITY, burst: 1, settlesInSeconds: 0 }
    : { concurrency: 4, perSecond: 5, burst: 10, settlesInSeconds: 60 };
}
