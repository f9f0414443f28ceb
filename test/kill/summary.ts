/** What the runs came to, as tables of text. */
import Table from 'cli-table3';
import { grouped } from './grouped.js';
import type { LifeResult } from './runs.js';

const rules = [
  'no key is lost',
  'nothing is there twice',
  'nothing is half moved',
  'every change is told in the audit log, and once',
  'the audit log verifies',
  'the estate comes to rest',
  'every error is clear',
  'the server lives',
  'the run comes to its end',
];

/** Faults and how often, operations and how they ended, and what was broken. */
export function summary(lives: readonly LifeResult[], seconds: number): string {
  const runs = lives.flatMap((life) => life.runs);
  const broken = runs.flatMap((run) => run.broken);
  const sum = (of: (life: LifeResult) => number) => lives.reduce((total, life) => total + of(life), 0);
  const faults = grouped(runs, ({ fault }) => fault);
  return [
    table(
      ['fault', 'runs', 'seconds each'],
      [...faults]
        .sort(([, a], [, b]) => b.length - a.length)
        .map(([fault, own]) => [fault, own.length, (own.reduce((total, run) => total + run.seconds, 0) / own.length).toFixed(1)]),
    ),
    table(
      ['runs', 'data folders', 'operations', 'acknowledged', 'refused', 'unknown', 'seconds'],
      [
        [
          runs.length,
          lives.length,
          sum(({ asked }) => asked),
          sum(({ acknowledged }) => acknowledged),
          sum(({ refused }) => refused),
          sum(({ unknown }) => unknown),
          seconds.toFixed(0),
        ],
      ],
    ),
    table(
      ['rule', 'broken'],
      [...new Set([...rules, ...broken.map(({ rule }) => rule)])].map((rule) => [rule, broken.filter((one) => one.rule === rule).length]),
    ),
  ].join('\n');
}

function table(head: string[], rows: readonly (readonly (string | number)[])[]): string {
  const made = new Table({ head, style: { head: [], border: [] } });
  made.push(...rows.map((row) => row.map(String)));
  return made.toString();
}
