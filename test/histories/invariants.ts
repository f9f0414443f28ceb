/** What must hold of every history, whatever went wrong in it. */
import { auditLog } from './invariants/audit-log.js';
import { duplicates } from './invariants/duplicates.js';
import { halfMoved } from './invariants/half-moved.js';
import { lostKeys } from './invariants/lost-keys.js';
import { toldInTheLog } from './invariants/told-in-the-log.js';
import { type Replay, replay } from './key-changes.js';
import type { Snapshot } from './snapshot.js';
import type { Told } from './told.js';

/** A history that is over: what was seen at its end, and what clients were told on the way. */
export interface History {
  readonly snapshot: Snapshot;
  readonly told: readonly Told[];
}

/** What an invariant looks at. */
export interface Evidence extends History {
  readonly model: Replay;
}

/** Answers what is wrong, one sentence each; nothing when it holds. */
export type Invariant = (evidence: Evidence) => readonly string[];

const invariants = {
  'no key is lost': lostKeys,
  'nothing is there twice': duplicates,
  'nothing is half moved': halfMoved,
  'every change is told in the audit log, and once': toldInTheLog,
  'the audit log verifies': auditLog,
} as const satisfies Record<string, Invariant>;

/** An invariant that does not hold, and what shows it. */
export interface Broken {
  readonly invariant: keyof typeof invariants;
  readonly what: string;
}

/** Everything that is wrong with a history; empty when all is well. */
export function brokenInvariants(history: History): readonly Broken[] {
  const evidence: Evidence = { ...history, model: replay(history.snapshot.log.records) };
  const broken: Broken[] = [];
  for (const [name, invariant] of Object.entries(invariants)) {
    for (const what of invariant(evidence)) broken.push({ invariant: name as Broken['invariant'], what });
  }
  return broken;
}
