/** npm run test:sim -- [--histories N] [--seed S] [--history H] [--workers W] */
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { newGround } from './ground.js';
import { count, noTotals, type Totals, totalsText } from './report.js';
import { runHistories, showHistory } from './run.js';

const { values } = parseArgs({
  // After node, the runner of TypeScript modules, and this module.
  args: process.argv.slice(3),
  options: {
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    history: { type: 'string' },
    workers: { type: 'string', default: '1' },
    /** This worker's number among them. */
    worker: { type: 'string', default: '0' },
  },
});

const numberOf = (name: 'histories' | 'seed' | 'history' | 'workers' | 'worker', text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`--${name} must be a whole number`);
  return number;
};

/** Without a seed, every day has its own: what CI finds can be found again. */
const seed = values.seed === undefined ? Math.floor(Date.now() / 86_400_000) : numberOf('seed', values.seed);
const histories = numberOf('histories', values.histories);
const workers = Math.max(1, numberOf('workers', values.workers));
const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Every worker takes each so-manieth history. */
async function work(worker: number): Promise<Totals> {
  const own = Array.from({ length: histories }, (_, history) => history).filter((history) => history % workers === worker);
  const ground = await newGround();
  try {
    return await runHistories(ground, { seed, histories: own, mostShrunk: 3, print });
  } finally {
    await ground.close();
  }
}

/** A worker in a process of its own; it answers with its counts. */
async function otherWorker(worker: number): Promise<Totals> {
  const args = [
    process.argv[2] ?? '',
    '--seed',
    String(seed),
    '--histories',
    String(histories),
    '--workers',
    String(workers),
    '--worker',
    String(worker),
  ];
  const child = fork(process.argv[1] ?? '', args, { serialization: 'advanced', stdio: 'inherit' });
  return await new Promise<Totals>((resolve, reject) => {
    let totals: Totals | undefined;
    child.on('message', (message) => {
      totals = message as Totals;
    });
    child.on('error', reject);
    child.on('exit', (code) => (totals ? resolve(totals) : reject(new Error(`worker ${worker} ended with ${code}`))));
  });
}

function sum(all: readonly Totals[]): Totals {
  const totals = noTotals();
  for (const part of all) {
    totals.histories += part.histories;
    totals.failures.push(...part.failures);
    totals.steps += part.steps;
    totals.crashes += part.crashes;
    for (const [name, times] of part.answers) count(totals.answers, name, times);
    for (const [name, times] of part.struck) count(totals.struck, name, times);
  }
  totals.failures.sort((a, b) => a - b);
  return totals;
}

async function main(): Promise<number> {
  if (process.send) {
    const totals = await work(numberOf('worker', values.worker));
    await new Promise<void>((resolve) => process.send?.(totals, () => resolve()));
    return 0;
  }
  if (values.history !== undefined) {
    const ground = await newGround();
    const holds = await showHistory(ground, seed, numberOf('history', values.history), print);
    await ground.close();
    return holds ? 0 : 1;
  }
  print(`Simulating ${histories} histories of seed ${seed}.`);
  const began = performance.now();
  const others = Array.from({ length: workers - 1 }, (_, index) => otherWorker(index + 1));
  const totals = sum(await Promise.all([work(0), ...others]));
  print(totalsText(totals, (performance.now() - began) / 1000));
  return totals.failures.length === 0 ? 0 : 1;
}

// Dead processes leave promises behind that nobody will ever settle; nothing has to be waited for any more.
process.exit(await main());
