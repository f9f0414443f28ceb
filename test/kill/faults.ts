/** What is done to a server while clients work on it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../histories/random.js';
import type { Crowd } from './crowd.js';
import { NotStarted } from './kyok-process.js';
import type { Life } from './life.js';
import { someMoment } from './triggers.js';

/** One fault among many. */
export interface Fault {
  /** How often, beside the others; 0 where the ground does not bear it. */
  weight(life: Life): number;
  /** Does it while the crowd works, and leaves the server dead or alive. Answers what was done, for whoever reads of a failure. */
  act(life: Life, crowd: Crowd, random: Random): Promise<string>;
}

const signal = (pids: readonly number[], name: NodeJS.Signals) => {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended by itself.
    }
  }
};

const killServer: Fault = {
  weight: () => 34,
  act: async (life, crowd, random) => {
    const moment = await someMoment(life, crowd, random);
    await life.kill();
    return moment;
  },
};

const killUnit: Fault = {
  weight: () => 14,
  act: async (life, crowd, random) => {
    const moment = await someMoment(life, crowd, random);
    const units = life.server().unitPids();
    signal(units.length === 0 ? [] : [random.pick(units)], 'SIGKILL');
    await workOn(crowd, random);
    return moment;
  },
};

const killAllUnits: Fault = {
  weight: () => 6,
  act: async (life, crowd, random) => {
    const moment = await someMoment(life, crowd, random);
    signal(life.server().unitPids(), 'SIGKILL');
    await workOn(crowd, random);
    return moment;
  },
};

const killUnitsAndServer: Fault = {
  weight: () => 10,
  act: async (life, crowd, random) => {
    const moment = await someMoment(life, crowd, random);
    signal(life.server().unitPids(), 'SIGKILL');
    await wait(random.below(30));
    await life.kill();
    return moment;
  },
};

/** A unit that stands still is not dead, and must not be taken for dead at once either. */
const holdUpUnit: Fault = {
  weight: () => 4,
  act: async (life, crowd, random) => {
    const moment = await someMoment(life, crowd, random);
    const units = life.server().unitPids();
    const held = random.chance(0.3) ? units : units.slice(0, 1);
    signal(held, 'SIGSTOP');
    await wait(500 + random.below(1_000));
    // As often as not it dies where it stands.
    signal(held, random.chance(0.5) ? 'SIGKILL' : 'SIGCONT');
    await workOn(crowd, random);
    return moment;
  },
};

const killWhileStarting: Fault = {
  weight: () => 8,
  act: async (life, crowd, random) => {
    const moment = await someMoment(life, crowd, random);
    await life.kill();
    const milliseconds = random.below(2_500);
    const starting = life.beginStart();
    await Promise.race([wait(milliseconds), starting.ready.catch(() => undefined)]);
    await starting.kill();
    return `${moment}, and again ${milliseconds} ms into the next start`;
  },
};

/** Nothing fits any more; with room again it goes on, whether the server died meanwhile or not. */
const fillDisk: Fault = {
  weight: ({ database, disk }) => (database.kind === 'sqlite' && disk.filledBy !== null ? 12 : 0),
  act: async (life, crowd, random) => {
    const { disk, server } = life;
    const moment = await someMoment(life, crowd, random);
    // As a bound on every file's size, the database itself must be beyond it for anything to be refused.
    const spareBytes = disk.filledBy === 'tmpfs' ? random.below(20_000) : 4_096 * (1 + random.below(100));
    const before = full(life);
    disk.fill(server().pid, spareBytes);
    const said = (await until(() => full(life) > before + 3)) ? 'full' : 'not yet full';
    if (random.chance(0.4)) {
      await life.kill();
      // On a full disk it starts, or says why not; what it leaves behind must not matter.
      if (disk.filledBy === 'tmpfs' && random.chance(0.5)) await startInVain(life);
      disk.empty(null);
      return `${moment}, ${said}, killed`;
    }
    disk.empty(server().pid);
    const done = life.codes.get('OK') ?? 0;
    if (!(await until(() => (life.codes.get('OK') ?? 0) > done + 5))) throw new Error('with room on the disk again nothing is done');
    return `${moment}, ${said}`;
  },
};

const fullCodes = ['AUDIT_UNAVAILABLE', 'STORE_UNAVAILABLE'];
const full = ({ codes }: Life) => fullCodes.reduce((sum, code) => sum + (codes.get(code) ?? 0), 0);

async function startInVain(life: Life): Promise<void> {
  const starting = life.beginStart();
  try {
    await starting.ready;
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    if (!/^kyok: .+/m.test(error.message)) throw new Error(`on a full disk the server does not say why it cannot start: ${error.message}`);
  } finally {
    await starting.kill();
  }
}

const hour = 3_600;
const day = 24 * hour;
const jumps = [-40 * day, -day, -hour, -5, 0, 5, 2 * hour, day, 3 * day, 40 * day];

/** The wall clock jumps, some of the time under a server that runs. */
const jumpClock: Fault = {
  weight: ({ clock }) => (clock === null ? 0 : 24),
  act: async (life, crowd, random) => {
    const { clock } = life;
    const moment = await someMoment(life, crowd, random);
    const said: string[] = [];
    for (let left = 1 + random.below(3); left > 0; left -= 1) {
      const offset = random.pick(jumps);
      clock?.set(offset);
      said.push(`${offset} s`);
      await workOn(crowd, random);
    }
    if (random.chance(0.4)) await life.kill();
    return `${moment}, the clock at ${said.join(', then ')}`;
  },
};

const killConnections: Fault = {
  weight: ({ postgres }) => (postgres === null ? 0 : 14),
  act: async (life, crowd, random) => {
    const moment = await someMoment(life, crowd, random);
    await life.postgres?.killConnections(life.database.settings.KYOK_DATABASE_URL ?? '');
    await workOn(crowd, random);
    return moment;
  },
};

const crashPostgres: Fault = {
  weight: ({ postgres }) => (postgres?.crash ? 10 : 0),
  act: async (life, crowd, random) => {
    const moment = await someMoment(life, crowd, random);
    await life.postgres?.crash?.();
    await workOn(crowd, random);
    return moment;
  },
};

/** Clients go on for a moment under what was done. */
async function workOn(crowd: Crowd, random: Random): Promise<void> {
  const enough = crowd.answers() + 5 + random.below(30);
  await until(() => crowd.answers() >= enough);
}

/** Whether it came so within some seconds. */
async function until(condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + 8_000;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await wait(5);
  }
  return true;
}

/** Every fault, by the name that the summary has for it. */
export const faults = {
  'server killed': killServer,
  'unit killed': killUnit,
  'all units killed': killAllUnits,
  'units and server killed': killUnitsAndServer,
  'unit held up': holdUpUnit,
  'killed while starting': killWhileStarting,
  'disk full': fillDisk,
  'clock jumped': jumpClock,
  'connections to PostgreSQL killed': killConnections,
  'PostgreSQL crashed': crashPostgres,
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof faults;

/** A fault that this life's ground bears. */
export function someFault(life: Life, random: Random): FaultName {
  const weights = Object.fromEntries(Object.entries(faults).map(([name, fault]) => [name, fault.weight(life)]));
  return random.weighted(weights as Record<FaultName, number>);
}
