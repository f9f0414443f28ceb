/** The moments at which something is killed. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../histories/random.js';
import type { Crowd } from './crowd.js';
import type { Life } from './life.js';

/** Resolves at the moment; none is waited for longer than a few seconds. */
type Trigger = (life: Life, crowd: Crowd, random: Random) => Promise<void>;

const longestMilliseconds = 4_000;

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + longestMilliseconds;
  while (!condition() && performance.now() < deadline) await wait(1);
}

async function answered(crowd: Crowd, random: Random): Promise<void> {
  const enough = crowd.answers() + random.below(60);
  await until(() => crowd.answers() >= enough);
}

const triggers = {
  'after a while': async (_life, _crowd, random) => await wait(random.below(500)),
  'while answers are outstanding': async (_life, crowd, random) => {
    await answered(crowd, random);
    const many = 2 + random.below(3);
    await until(() => crowd.outstanding() >= many);
  },
  'after an answer': async (_life, crowd, random) => await answered(crowd, random),
  // Between the commit and its answer: the journal has grown, and somebody still waits.
  'after a write to the journal': async ({ database, disk }, crowd, random) => {
    await answered(crowd, random);
    if (database.kind !== 'sqlite') return await wait(random.below(5));
    const journal = join(disk.folder, 'kyok.db-wal');
    const written = () => statSync(journal, { throwIfNoEntry: false })?.mtimeMs;
    const before = written();
    await until(() => written() !== before && crowd.outstanding() > 0);
  },
} as const satisfies Record<string, Trigger>;

/** Waits for a moment chosen at random; answers its name. */
export async function someMoment(life: Life, crowd: Crowd, random: Random): Promise<string> {
  const name = random.pick(Object.keys(triggers) as (keyof typeof triggers)[]);
  await triggers[name](life, crowd, random);
  return name;
}
