/** A server process: an estate whose every boundary goes through the interleaver. It dies by being forgotten. */
import type { Hsm } from '../../src/hsm/contract.js';
import type { KeystoreConnection, KeystoreDriver } from '../../src/keystores/contract.js';
import { keystoreTypes } from '../../src/keystores/index.js';
import { internalKeystore } from '../../src/keystores/internal/internal-keystore.js';
import type { Estate } from '../../src/services/estate.js';
import { keyManagement } from '../../src/services/kms/key-management.js';
import { reconciler } from '../../src/services/reconciler/reconciler.js';
import { scheduler } from '../../src/services/schedule.js';
import type { Committed, Store } from '../../src/store/contract.js';
import type { FaultyKeystore } from '../fakes/faulty-keystore.js';
import type { MemoryDisk } from '../fakes/memory-store/disk.js';
import type { Random } from '../histories/random.js';
import type { Boundary } from './boundary.js';
import type { Ground } from './ground.js';
import type { Delivery, Interleaver, Process } from './interleaver.js';

/** What outlives every process of a history. */
export interface Surroundings {
  readonly ground: Ground;
  readonly interleaver: Interleaver;
  readonly disk: MemoryDisk;
  readonly cloud: FaultyKeystore;
  readonly random: Random;
  newId(): string;
  /** Whatever the server logs as an error. */
  logged(fields: object, message: string): void;
  /** The crypto unit as it runs now. */
  hsm(): Hsm;
}

export interface Server {
  readonly process: Process;
  readonly estate: Estate;
  /** Resolves when the process has died. */
  readonly died: Promise<void>;
}

type Gate = <T>(boundary: Boundary, name: string, work: (how: Delivery) => Promise<T>) => Promise<T>;

export async function startServer(surroundings: Surroundings, number: number): Promise<Server> {
  const { ground, interleaver, disk, newId, random, logged } = surroundings;
  let die = () => {};
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const process: Process = {
    number,
    get isDead() {
      return isDead;
    },
    set isDead(_) {
      isDead = true;
      die();
    },
  };
  let isDead = false;
  const gate: Gate = (boundary, name, work) => interleaver.call(process, boundary, name, work);
  const silent = () => {};
  const log = { debug: silent, info: silent, warn: silent, error: logged };
  const store = gatedStore(await disk.open(), gate, process);
  const hsm = gatedHsm(surroundings, gate);
  const foundation = { store, hsm, log, now: interleaver.now, timers: interleaver.timersOf(process), newId };
  const drivers = [internalKeystore(keyManagement({ ...ground.base, ...foundation })), gatedDriver(surroundings.cloud, gate)];
  const policy = { ...ground.base.policy, pendingDestructionSeconds: 3600 };
  const estate: Estate = { ...ground.base, ...foundation, policy, keystoreTypes: keystoreTypes(drivers) };
  const draw = random.branch();
  reconciler(estate, { random: draw.unit }).start();
  scheduler(estate, { random: draw.unit }).start();
  return { process, estate, died };
}

/** Every method of an object behind the gate. */
function gated<T extends object>(target: T, gate: Gate, boundaryOf: (name: string) => Boundary): T {
  const entries = Object.entries(target).map(([name, value]: [string, unknown]) => {
    if (typeof value !== 'function') return [name, value];
    const method = value as (...args: unknown[]) => Promise<unknown>;
    return [name, (...args: unknown[]) => gate(boundaryOf(name), name, async () => await method(...args))];
  });
  return { ...target, ...(Object.fromEntries(entries) as Partial<T>) };
}

function gatedStore(store: Store, gate: Gate, process: Process): Store {
  const audit = gated(store.audit, gate, (name) => (name === 'append' ? 'store.append' : 'store.read'));
  return {
    ...store,
    read: gated(store.read, gate, () => 'store.read'),
    audit,
    write: (work, options) => gate('store.write', 'write', async () => await store.write(work, options)),
    snapshot: (work) => gate('store.read', 'snapshot', async () => await store.snapshot(work)),
    onCommit: (listener) => store.onCommit((committed: Committed) => void (process.isDead || listener(committed))),
  };
}

/** Nested groups of commands go through the gate too; the unit behind it may have been started again meanwhile. */
function gatedHsm({ hsm }: Surroundings, gate: Gate): Hsm {
  const through = (select: () => object): object =>
    Object.fromEntries(
      Object.entries(select()).map(([name, value]: [string, unknown]) => {
        const here = () => (select() as Record<string, unknown>)[name];
        if (typeof value === 'function') {
          return [
            name,
            (...args: unknown[]) => gate('hsm', name, async () => await (here() as (...all: unknown[]) => Promise<unknown>)(...args)),
          ];
        }
        return [
          name,
          typeof value === 'object' && value !== null && !Array.isArray(value) && hasMethods(value) ? through(here as () => object) : value,
        ];
      }),
    );
  return through(hsm) as Hsm;
}

function hasMethods(value: object): boolean {
  return Object.values(value).some((member) => typeof member === 'function');
}

/** Eventually consistent up to this long: what product's limits for other providers' keystores allow for. */
const staleSeconds = 50;

function gatedDriver(cloud: FaultyKeystore, gate: Gate): KeystoreDriver {
  return {
    descriptor: cloud.driver.descriptor,
    connect: async (keystore, secrets) => {
      const connection = await cloud.driver.connect(keystore, secrets);
      const open: KeystoreConnection = gated(connection, gate, () => 'keystore.step');
      return {
        ...open,
        list: () => connection.list(),
        close: async () => {},
        inspect: (key) =>
          gate('keystore.inspect', 'inspect', async ({ isStale }) => {
            cloud.suffer(isStale ? { stale: 1, staleSeconds } : {});
            const seen = connection.inspect(key);
            cloud.suffer({});
            return await seen;
          }),
      };
    },
  };
}
