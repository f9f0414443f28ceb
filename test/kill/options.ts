/** What the command line of a driver says. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly database: 'sqlite' | 'postgres';
  /** The only run to look at; those before it in its data folder are done too. */
  readonly run: number | null;
  /** Data folders at a time. */
  readonly lanes: number;
  /** After so long no further run is begun. */
  readonly minutes: number;
}

const usage = `usage: npm run test:kill -- [--runs N] [--seed S] [--database sqlite|postgres] [--run R] [--lanes L] [--minutes M]`;

/** @throws Error whose message is the usage */
export function readOptions(args: readonly string[]): Options {
  const { values } = parsed(args);
  const database = values.database ?? 'sqlite';
  if (database !== 'sqlite' && database !== 'postgres') throw new Error(usage);
  return {
    runs: whole(values.runs, 300),
    seed: whole(values.seed, Math.floor(Math.random() * 1_000_000)),
    database,
    run: values.run === undefined ? null : whole(values.run, 0),
    lanes: whole(values.lanes, 2),
    minutes: whole(values.minutes, 24 * 60),
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { runs: text, seed: text, database: text, run: text, lanes: text, minutes: text } });
  } catch (cause) {
    throw new Error(usage, { cause });
  }
}

function whole(text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault;
  if (!/^\d{1,9}$/.test(text)) throw new Error(usage);
  return Number(text);
}
