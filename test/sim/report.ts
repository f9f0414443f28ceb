/** What a person reads of a run. */
import type { Verdict } from './history.js';
import type { Plan } from './plan.js';

/** A failing history: what is wrong, what led there, and how to see it again. */
export function failureText(seed: number, history: number, plan: Plan, verdict: Verdict): string {
  const deeds = plan.deeds.map((deed) => {
    const marks = [deed.isDoubled ? 'twice' : '', deed.namesRevision ? 'with revision' : '', deed.isDryRun ? 'dry run' : ''].filter(
      Boolean,
    );
    return `  client ${deed.client}: ${deed.verb} ${JSON.stringify(deed.numbers)}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
  });
  const faults = plan.faults.map(({ step, kind, at }) => `  from step ${step}: ${kind} (${at})`);
  return [
    `History ${history} of seed ${seed} fails:`,
    ...verdict.broken.map(({ invariant, what }) => `  ${invariant}: ${what}`),
    `${deeds.length} requests:`,
    ...deeds,
    `${faults.length} faults:`,
    ...faults,
    `See it again: npm run test:sim -- --seed ${seed} --history ${history}`,
  ].join('\n');
}

/** The history step by step, and what its clients were told. */
export function storyText({ trace, told }: Verdict): string {
  const answers = told.map(({ action, subjectId, begunAt, endedAt, ending, requestId }) => {
    const end = ending.kind === 'REFUSED' ? ending.code : ending.kind;
    return `  ${begunAt}-${endedAt} ${action} ${subjectId ?? ''} (request ${requestId}): ${end}`;
  });
  return ['Steps:', ...trace.map((line) => `  ${line}`), 'Answers:', ...answers].join('\n');
}

/** Counts over a whole run. */
export interface Totals {
  histories: number;
  failures: number[];
  steps: number;
  crashes: number;
  /** By audit action and how it ended. */
  readonly answers: Map<string, number>;
  /** By fault and boundary. */
  readonly struck: Map<string, number>;
}

export function noTotals(): Totals {
  return { histories: 0, failures: [], steps: 0, crashes: 0, answers: new Map(), struck: new Map() };
}

export function add(totals: Totals, history: number, verdict: Verdict): void {
  totals.histories += 1;
  totals.steps += verdict.steps;
  totals.crashes += verdict.crashes;
  if (verdict.broken.length > 0) totals.failures.push(history);
  for (const { action, ending } of verdict.told) count(totals.answers, `${action} ${ending.kind}`, 1);
  for (const [name, times] of verdict.struck) count(totals.struck, name, times);
}

export function count(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}

export function totalsText(totals: Totals, seconds: number): string {
  const table = (counts: ReadonlyMap<string, number>) => [...counts].sort().map(([name, times]) => `  ${name}: ${times}`);
  const actions = new Map<string, Map<string, number>>();
  for (const [name, times] of totals.answers) {
    const [action = '', ending = ''] = name.split(' ');
    const endings = actions.get(action) ?? new Map<string, number>();
    actions.set(action, endings.set(ending, times));
  }
  const answered = [...actions].sort().map(([action, endings]) => {
    return `  ${action}: ${['OK', 'REFUSED', 'UNKNOWN'].map((ending) => `${endings.get(ending) ?? 0} ${ending}`).join(', ')}`;
  });
  return [
    'Answers:',
    ...answered,
    'Faults:',
    ...table(totals.struck),
    `${totals.histories} histories in ${seconds.toFixed(0)} s (${(totals.histories / seconds).toFixed(1)} a second), ${totals.steps} steps, ${totals.crashes} crashes`,
    totals.failures.length === 0 ? 'All hold.' : `${totals.failures.length} FAIL: ${totals.failures.slice(0, 20).join(', ')}`,
  ].join('\n');
}
