/** npm run test:kill: kills the real server, again and again, and looks whether anything was lost. */
import { faketimeLibrary } from './fake-clock.js';
import { type Options, readOptions } from './options.js';
import { type LifeResult, lane, type RunResult, runsInLife } from './runs.js';
import { summary } from './summary.js';

const say = (text: string) => void process.stdout.write(`${text}\n`);

function tell(options: Options, { run, fault, moment, broken, seconds }: RunResult): void {
  const database = options.database === 'postgres' ? ' --database postgres' : '';
  say(`run ${run}: ${fault} (${moment}), ${seconds.toFixed(1)} s${broken.length === 0 ? '' : ': BROKEN'}`);
  for (const { rule, what } of broken.slice(0, 20)) say(`  ${rule}: ${what}`);
  if (broken.length > 0) say(`  again: npm run test:kill -- --seed ${options.seed} --run ${run}${database}`);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(3));
  if (faketimeLibrary === undefined) say('libfaketime is not installed (Debian: apt-get install faketime): no clock jumps');
  say(`seed ${options.seed}, ${options.database}`);
  const begun = performance.now();
  const lives = options.run === null ? Math.ceil(options.runs / runsInLife) : 1;
  const first = options.run === null ? 0 : Math.floor(options.run / runsInLife);
  let taken = 0;
  const isOver = () => performance.now() - begun > options.minutes * 60_000;
  const take = () => {
    taken += 1;
    return taken > lives || isOver() ? undefined : first + taken - 1;
  };
  const lanes = Array.from({ length: Math.min(options.lanes, lives) }, () =>
    lane(options, { take, isOver }, (result) => tell(options, result)),
  );
  const results: LifeResult[] = (await Promise.all(lanes)).flat();
  say(summary(results, (performance.now() - begun) / 1_000));
  if (results.some(({ runs }) => runs.some(({ broken }) => broken.length > 0))) process.exitCode = 1;
}

// Whoever ends this wants the servers, mounts and folders of it gone too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
await main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
});
process.exit();
