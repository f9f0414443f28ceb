/** Runs: clients at work, a fault in the middle, a restart, and a look at everything. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historySeed, random } from '../histories/random.js';
import { type Broken, broken } from './check.js';
import { startCrowd } from './crowd.js';
import { postgresAt, sqliteIn } from './database.js';
import { brokenExport } from './export.js';
import { fakeClock, faketimeLibrary } from './fake-clock.js';
import { type FaultName, faults, someFault } from './faults.js';
import { furnish, type Life, newLife } from './life.js';
import type { Options } from './options.js';
import { type PostgresServer, postgresServer } from './postgres-server.js';
import { dataDisk } from './small-disk.js';

/** Runs that share a data folder. */
export const runsInLife = 10;
const crowdSize = 5;

/** How a run went. */
export interface RunResult {
  readonly run: number;
  readonly fault: FaultName | 'none';
  /** At which moment, and what it came to. */
  readonly moment: string;
  readonly broken: readonly Broken[];
  readonly seconds: number;
}

/** How the runs of one data folder went. */
export interface LifeResult {
  readonly runs: readonly RunResult[];
  readonly asked: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  readonly codes: ReadonlyMap<string, number>;
}

/** Which data folders there are to live through. */
export interface Lives {
  /** Number of the next one. */
  take(): number | undefined;
  /** Whether no further run is to be begun. */
  isOver(): boolean;
}

/** Takes runs off a list, a data folder at a time, until none is left; calls back after each run. */
export async function lane(options: Options, lives: Lives, tell: (result: RunResult) => void): Promise<LifeResult[]> {
  const postgres = options.database === 'postgres' ? await postgresServer() : null;
  const results: LifeResult[] = [];
  try {
    for (let life = lives.take(); life !== undefined; life = lives.take()) {
      results.push(
        await liveThrough(options, life, postgres, (result) => {
          tell(result);
          return !lives.isOver();
        }),
      );
    }
  } finally {
    await postgres?.stop();
  }
  return results;
}

/** One data folder from its first run to its last. */
async function liveThrough(
  options: Options,
  number: number,
  postgres: PostgresServer | null,
  goesOn: (result: RunResult) => boolean,
): Promise<LifeResult> {
  const chances = random(historySeed(options.seed, number));
  const life = await settleDown(number, postgres);
  const runs: RunResult[] = [];
  try {
    await life.start();
    await furnish(life, chances.branch());
    const last = Math.min((number + 1) * runsInLife - 1, options.run ?? options.runs - 1);
    for (let run = number * runsInLife; run <= last; run += 1) {
      const result = await oneRun(options, life, run, run === last);
      runs.push(result);
      // What is broken stays so, and would be told again after every further run.
      if (!goesOn(result) || result.broken.length > 0) break;
    }
    return { runs, ...tally(life) };
  } catch (error) {
    const broken = [{ rule: 'the run comes to its end', what: error instanceof Error ? (error.stack ?? error.message) : String(error) }];
    const unbegun: RunResult = { run: number * runsInLife, fault: 'none', moment: 'the estate could not be made', broken, seconds: 0 };
    goesOn(unbegun);
    return { runs: [...runs, unbegun], ...tally(life) };
  } finally {
    await life.end();
  }
}

/**
 * Three of four data folders lie on a small disk in memory, which can be filled (what SIGKILL leaves behind is the same
 * there); every third one sees a clock that can jump.
 */
async function settleDown(number: number, postgres: PostgresServer | null): Promise<Life> {
  const disk = dataDisk(postgres === null && number % 4 !== 3);
  const database = postgres === null ? sqliteIn(disk.folder) : postgresAt(await postgres.newDatabase());
  const clock = number % 3 === 2 && faketimeLibrary !== undefined ? fakeClock(faketimeLibrary, clockFolder()) : null;
  return newLife({ disk, database, postgres, clock }, `life-${number}`);
}

function clockFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-clock-'));
  process.once('exit', () => existsSync(folder) && rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function oneRun(options: Options, life: Life, run: number, isLast: boolean): Promise<RunResult> {
  const begun = performance.now();
  const chances = random(historySeed(options.seed, 1_000_000 + run));
  const fault = someFault(life, chances);
  const told = { run, fault, moment: '' };
  try {
    const place = { ...life, endpoint: life.server().endpoint, apiKey: life.apiKey(), run };
    const onAnswer = (code: string) => void life.codes.set(code, (life.codes.get(code) ?? 0) + 1);
    const crowd = startCrowd({ ...place, onAnswer }, chances.branch(), crowdSize);
    told.moment = await faults[fault].act(life, crowd, chances.branch());
    await crowd.stop();
    if (life.isKilled()) await life.start();
    const found = await broken(life, chances.branch());
    if (isLast && found.length === 0) found.push(...(await brokenExport(life)));
    return { ...told, broken: found, seconds: secondsSince(begun) };
  } catch (error) {
    const what = `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${lastLines(life)}`;
    return { ...told, broken: [{ rule: 'the run comes to its end', what }], seconds: secondsSince(begun) };
  }
}

const lastLines = (life: Life) =>
  life
    .server()
    .lines()
    .slice(-10)
    .map((line) => line.slice(0, 400))
    .join('\n');

function tally({ known: { told }, codes }: Life): Omit<LifeResult, 'runs'> {
  const count = (kind: string) => told.filter(({ ending }) => ending.kind === kind).length;
  return { asked: told.length, acknowledged: count('OK'), refused: count('REFUSED'), unknown: count('UNKNOWN'), codes };
}

const secondsSince = (begun: number) => (performance.now() - begun) / 1_000;
