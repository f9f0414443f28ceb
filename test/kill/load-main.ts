/** npm run test:load: writers and slow readers on the real server, and what it cost. */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { startPostgres } from '../store/postgres.js';
import { expectedRefusals, type LoadResult, load, quantile } from './load.js';

const say = (text: string) => void process.stdout.write(`${text}\n`);

function faultsOf({ counters, refusals, broken }: LoadResult): string[] {
  return [
    ...counters.flatMap(({ raised, standsAt }, number) =>
      raised === standsAt ? [] : [`counter ${number} stands at ${standsAt}, and was raised ${raised} times: updates were lost`],
    ),
    ...[...refusals].flatMap(([code, count]) => (expectedRefusals.includes(code) ? [] : [`${count} times ${code}`])),
    ...broken.map(({ rule, what }) => `${rule}: ${what}`),
  ];
}

function show(result: LoadResult, seconds: number): void {
  const answers = new Table({ head: ['operation', 'answers', 'per second', 'p50 ms', 'p99 ms'], style: { head: [], border: [] } });
  for (const [action, values] of result.milliseconds) {
    const at = (share: number) => quantile(values, share).toFixed(0);
    answers.push([action, values.length, (values.length / seconds).toFixed(1), at(0.5), at(0.99)]);
  }
  say(answers.toString());
  const rest = new Table({ style: { head: [], border: [] } });
  rest.push(
    ['stale updates, refused', String(result.refusals.get('STALE_VERSION') ?? 0)],
    ['updates of common keys, done', String(result.counters.reduce((sum, { raised }) => sum + raised, 0))],
    ['pages read meanwhile', String(result.pagesRead)],
    ['bytes taken slowly', String(result.slowBytes)],
    ['memory of the server, MB', `${result.megabytes.before.toFixed(0)} before, ${result.megabytes.most.toFixed(0)} at most`],
    ['journal under an open read, MB', result.journalMegabytes?.toFixed(0) ?? 'none on PostgreSQL'],
    ['first change afterwards, seconds', result.secondsAfter.toFixed(2)],
  );
  say(rest.toString());
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: process.argv.slice(3), options: { seconds: text, writers: text, database: text } });
  const seconds = Number(values.seconds ?? 60);
  const writers = Number(values.writers ?? 32);
  const postgres = values.database === 'postgres' ? await startPostgres() : null;
  try {
    const result = await load({ seconds, writers, ...(postgres ? { databaseUrl: await postgres.newDatabase() } : {}) });
    say(`${writers} writers for ${seconds} s on ${postgres ? 'PostgreSQL' : 'sqlite'}`);
    show(result, seconds);
    for (const fault of faultsOf(result).slice(0, 30)) {
      say(fault);
      process.exitCode = 1;
    }
  } finally {
    await postgres?.stop();
  }
}

// Whoever ends this wants the servers, mounts and folders of it gone too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
await main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 2;
});
process.exit();
