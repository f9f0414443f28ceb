/** One data folder through many deaths of its server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../histories/random.js';
import type { HeadSeen } from '../histories/snapshot.js';
import { type Asking, ask } from './ask.js';
import { client } from './client.js';
import type { Database } from './database.js';
import { type Known, nothingKnown, type Step, type Ticks, ticks } from './estate.js';
import type { FakeClock } from './fake-clock.js';
import { type KyokProcess, lives, type Starting, startKyok } from './kyok-process.js';
import type { PostgresServer } from './postgres-server.js';
import type { DataDisk } from './small-disk.js';

/** What a life stands on. */
export interface Ground {
  readonly disk: DataDisk;
  readonly database: Database;
  /** Where the database server may be killed too. */
  readonly postgres: PostgresServer | null;
  readonly clock: FakeClock | null;
}

/** A data folder, the server on it, and all that clients know of the estate. */
export interface Life extends Ground {
  readonly known: Known;
  readonly ticks: Ticks;
  readonly checkpoints: HeadSeen[];
  /** How often each code was answered; `OK` and `UNKNOWN` beside error codes. */
  readonly codes: Map<string, number>;
  readonly server: () => KyokProcess;
  readonly apiKey: () => string;
  newRequestId(): string;
  /** Whether the server ought to run. */
  readonly isKilled: () => boolean;
  /** Begins a start without waiting for it. */
  beginStart(): Starting;
  /** Starts the server and waits until its units run too. */
  start(): Promise<void>;
  /** SIGKILL to the server. */
  kill(): Promise<void>;
  /** Asks as an administrator. */
  ask(step: Step): ReturnType<typeof ask>;
  end(): Promise<void>;
}

export const units = 2;

/** A life that has not begun: `start` makes the estate. */
export function newLife(ground: Ground, name: string): Life {
  const { disk, database, clock } = ground;
  const known = nothingKnown();
  const counter = ticks();
  let running: KyokProcess | undefined;
  let isKilled = true;
  let requests = 0;
  const settings = {
    KYOK_DATA_DIR: disk.folder,
    KYOK_HSM_UNITS: String(units),
    KYOK_PENDING_DESTRUCTION_SECONDS: '3600',
    ...database.settings,
  };
  const server = () => {
    if (!running) throw new Error('the server was never started');
    return running;
  };
  const apiKey = () => readFileSync(join(disk.folder, 'admin.key'), 'utf8').trim();
  const beginStart = () => startKyok({ ...settings, ...clock?.env });
  const newRequestId = () => {
    requests += 1;
    return `${name}-${String(requests).padStart(6, '0')}`;
  };
  return {
    ...ground,
    known,
    ticks: counter,
    checkpoints: [],
    codes: new Map(),
    server,
    apiKey,
    newRequestId,
    isKilled: () => isKilled,
    beginStart,
    start: async () => {
      running = await beginStart().ready;
      isKilled = false;
      await unitsRun(running);
    },
    kill: async () => {
      isKilled = true;
      await server().kill();
    },
    ask: async (step) => {
      const own = client(server().endpoint, apiKey());
      try {
        return await ask({ client: own, known, ticks: counter, newRequestId } satisfies Asking, step);
      } finally {
        own.close();
      }
    },
    end: async () => {
      isKilled = true;
      if (running?.isAlive()) await running.kill();
      disk.remove();
    },
  };
}

/** Waits until every crypto unit is a living process. */
export async function unitsRun(server: KyokProcess): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (server.unitPids().filter(lives).length < units) {
    if (performance.now() > deadline) throw new Error('not all crypto units came back within 60 s');
    await wait(10);
  }
}

/** The estate that clients find: a vault, keystores with and without a pending period, templates over them, somebody to give API keys to. */
export async function furnish(life: Life, random: Random): Promise<void> {
  const make = async (action: string, document: string, input: object): Promise<string> => {
    let id = '';
    const step: Step = {
      action,
      effect: 'CHANGE',
      document,
      variables: { input },
      clientToken: null,
      subjects: [],
      learn: (_known, result) => {
        ({ id } = result as { id: string });
        return { createdId: id };
      },
    };
    const answer = await life.ask(step);
    if (answer.outcome !== 'OK') throw new Error(`${action} was not done: ${JSON.stringify(answer)}`);
    return id;
  };
  const creating = (noun: string) => `mutation ($input: Create${noun}Input!) { r: create${noun}(input: $input) { id } }`;
  const { known } = life;
  const vaultId = await make('vault.create', creating('Vault'), { name: 'Home' });
  known.vaults.push({ id: vaultId, vaultId: '' });
  for (const [name, groups, pendingDestructionSeconds] of [
    ['now', ['now'], 0],
    ['later', ['later'], null],
  ] as const) {
    const input = { vaultId, name, groups, connection: { internal: {} }, pendingDestructionSeconds };
    known.keystores.push({ id: await make('keystore.create', creating('Keystore'), input), vaultId });
  }
  for (const groups of [['now'], ['now', 'later'], ['later']]) {
    const input = {
      vaultId,
      name: `to-${groups.join('-and-')}`,
      key: { algorithm: 'AES', size: '256', deactivateOnRotation: random.chance(0.3) },
      targets: groups.map((group) => ({ keystoreType: 'internal', group })),
    };
    known.templates.push({ id: await make('key-template.create', creating('KeyTemplate'), input), vaultId });
  }
  known.principals.push({ id: await make('principal.create', creating('Principal'), { name: 'clerk', kind: 'SERVICE' }), vaultId: '' });
}
