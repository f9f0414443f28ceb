/** npm run test:fuzz -- --minutes M --seed S [--only graphql|units] [--cases N]: random input for the server and its crypto units. */
import { parseArgs } from 'node:util';
import { type Fuzzed, fuzzGraphql } from './graphql.js';
import { fuzzUnits } from './units.js';

const say = (text: string) => void process.stdout.write(`${text}\n`);
const targets = { graphql: fuzzGraphql, units: fuzzUnits } as const;

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: 'string' },
    cases: { type: 'string', default: '1000000000' },
  },
});
const chosen = Object.entries(targets).filter(([name]) => values.only === undefined || values.only === name);
const seed = Number(values.seed);
const seconds = (Number(values.minutes) * 60) / Math.max(1, chosen.length);
if (chosen.length === 0 || !Number.isSafeInteger(seed) || !(seconds > 0)) {
  say('npm run test:fuzz -- [--minutes M] [--seed S] [--only graphql|units] [--cases N]');
  process.exit(2);
}

for (const [name, fuzz] of chosen) {
  const { cases, found, notes }: Fuzzed = await fuzz(seed, seconds, Number(values.cases));
  say(`${name}: ${cases} cases from seed ${seed}, ${found.length} found; ${notes}`);
  for (const one of found) {
    say(`  ${one.what}\n  input: ${one.input}\n  again: npm run test:fuzz -- --only ${name} --seed ${one.seed} --cases 1`);
    process.exitCode = 1;
  }
  // A run that did nothing has shown nothing.
  if (cases === 0) process.exitCode = 1;
}
process.exit();
