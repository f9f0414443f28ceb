/**
 * The drivers' own idea of a key's life, written down a second time and from the documentation (docs/key-states.md), so
 * that a mistake in the product's table is not repeated here. A key whose past is not wholly known is in a set of
 * situations; everything that is learnt makes the set smaller.
 */

export const situations = [
  'PRE',
  'ACTIVE',
  'DEACTIVATED',
  'DEACTIVATED_PENDING',
  'COMPROMISED',
  'COMPROMISED_PENDING',
  'ENDED',
  'ENDED_COMPROMISED',
] as const;
export type Situation = (typeof situations)[number];

/** The situation that a state of the API and the presence of a destruction date mean. */
export function situationFrom(state: string, isPending: boolean): Situation {
  const [still, pending] = bothOf[state] ?? [];
  const situation = isPending ? (pending ?? still) : still;
  if (!situation) throw new RangeError(`there is no key state "${state}"`);
  return situation;
}

const bothOf: Readonly<Record<string, readonly [Situation, Situation?]>> = {
  PRE_ACTIVATION: ['PRE'],
  ACTIVE: ['ACTIVE'],
  DEACTIVATED: ['DEACTIVATED', 'DEACTIVATED_PENDING'],
  COMPROMISED: ['COMPROMISED', 'COMPROMISED_PENDING'],
  DESTROYED: ['ENDED'],
  DESTROYED_COMPROMISED: ['ENDED_COMPROMISED'],
};

type Row = Partial<Record<Situation, readonly Situation[]>>;
const stay: Row = Object.fromEntries(situations.map((situation) => [situation, [situation]]));
const living: Row = { PRE: ['PRE'], ACTIVE: ['ACTIVE'], DEACTIVATED: ['DEACTIVATED'], COMPROMISED: ['COMPROMISED'] };

/** A destruction asked for of a key that waits for it already: not an action of its own in the log, but one of the model. */
export const destroyAgain = 'managed-key.destroy (again)';

/** By audit action: where it may lead from each situation. What is not named must not happen. */
const moves: Readonly<Record<string, Row>> = {
  'managed-key.activate': { PRE: ['ACTIVE'], DEACTIVATED: ['ACTIVE'] },
  'managed-key.deactivate': { ACTIVE: ['DEACTIVATED'] },
  'managed-key.compromise': {
    PRE: ['COMPROMISED'],
    ACTIVE: ['COMPROMISED'],
    DEACTIVATED: ['COMPROMISED'],
    DEACTIVATED_PENDING: ['COMPROMISED_PENDING'],
    ENDED: ['ENDED_COMPROMISED'],
  },
  // A key without a pending period ends at once.
  'managed-key.destroy': {
    PRE: ['ENDED'],
    ACTIVE: ['DEACTIVATED_PENDING', 'ENDED'],
    DEACTIVATED: ['DEACTIVATED_PENDING', 'ENDED'],
    COMPROMISED: ['COMPROMISED_PENDING', 'ENDED_COMPROMISED'],
  },
  [destroyAgain]: { DEACTIVATED_PENDING: ['DEACTIVATED_PENDING'], COMPROMISED_PENDING: ['COMPROMISED_PENDING'] },
  'managed-key.cancel-destruction': { DEACTIVATED_PENDING: ['DEACTIVATED'], COMPROMISED_PENDING: ['COMPROMISED'] },
  'managed-key.end-destruction': { DEACTIVATED_PENDING: ['ENDED'], COMPROMISED_PENDING: ['ENDED_COMPROMISED'] },
  'managed-key.rotate': { ACTIVE: ['ACTIVE'] },
  'managed-key.import': { PRE: ['PRE', 'ACTIVE'], ACTIVE: ['ACTIVE'] },
  'managed-key.create-import': { PRE: ['PRE'], ACTIVE: ['ACTIVE'] },
  'managed-key.update': living,
  'managed-key.align': { ACTIVE: ['ACTIVE'], DEACTIVATED: ['DEACTIVATED'] },
  'managed-key.sync': stay,
};

/** Whether the audit action may change a key, so that it has to be somebody's. */
export function movesKeys(action: string): boolean {
  return action in moves || action in births || action === removal;
}

const births: Readonly<Record<string, readonly Situation[]>> = {
  'managed-key.create': ['PRE', 'ACTIVE'],
  'managed-key.create-import': ['PRE'],
};
const removal = 'managed-key.remove';

/** What is known of one key. */
export interface KeyModel {
  readonly id: string;
  /** All it may be in; empty: nothing that happened can have led here. */
  readonly possible: readonly Situation[];
  readonly isRemoved: boolean;
  readonly version: number;
  readonly isImported: boolean;
  /** Least and most times that its revision can have grown. */
  readonly revision: { readonly least: number; readonly most: number };
}

/** A change that was made of a key, in the order of the log. */
export interface KeyChange {
  readonly action: string;
  readonly keyId: string;
  /** What the record says it led from and to, where it does. */
  readonly from: Situation | null;
  readonly to: Situation | null;
  /** The version it made, where it made one. */
  readonly version: number | null;
}

/**
 * The key after one change more.
 * @throws Impossible when the change must not happen to the key as it is
 */
export function after(model: KeyModel | undefined, change: KeyChange): KeyModel {
  if (!model) return born(change);
  if (model.isRemoved) throw new Impossible(`${change.action} of the removed key ${change.keyId}`);
  if (change.action === removal) return removed(model, change);
  const row = moves[change.action];
  if (!row) throw new Impossible(`${change.action} is no change of a key`);
  const sources = model.possible.filter((situation) => change.from === null || change.from === situation);
  const possible = [...new Set(sources.flatMap((situation) => row[situation] ?? []))].filter(
    (to) => change.to === null || change.to === to,
  );
  if (possible.length === 0) {
    throw new Impossible(
      `${change.action} of key ${change.keyId} from ${change.from ?? '?'} to ${change.to ?? '?'}, which was ${model.possible.join(' or ')}`,
    );
  }
  return { ...model, possible, version: versionAfter(model, change), revision: revisionAfter(model, change, sources, possible) };
}

/** A change that the model does not allow; the message says which. */
export class Impossible extends Error {}

function born(change: KeyChange): KeyModel {
  const possible = births[change.action];
  if (!possible) throw new Impossible(`${change.action} of key ${change.keyId}, which was never made`);
  const isImported = change.action === 'managed-key.create-import';
  return { id: change.keyId, possible, isRemoved: false, version: 1, isImported, revision: { least: 1, most: 1 } };
}

function removed(model: KeyModel, change: KeyChange): KeyModel {
  if (!model.possible.some(hasEnded))
    throw new Impossible(`${change.action} of key ${change.keyId}, which was ${model.possible.join(' or ')}`);
  return { ...model, isRemoved: true };
}

export function hasEnded(situation: Situation): boolean {
  return situation === 'ENDED' || situation === 'ENDED_COMPROMISED';
}

const makesVersions: readonly string[] = ['managed-key.rotate', 'managed-key.import'];

function versionAfter({ id, version }: KeyModel, change: KeyChange): number {
  if (!makesVersions.includes(change.action)) return version;
  if (change.action === 'managed-key.import' && change.version === null) return version;
  if (change.version !== version + 1)
    throw new Impossible(`${change.action} of key ${id} made version ${change.version} after version ${version}`);
  return version + 1;
}

/** Actions that may leave the revision as it is even when they are done. */
const mayChangeNothing: readonly string[] = ['managed-key.update', 'managed-key.align'];

function revisionAfter(
  { revision: { least, most } }: KeyModel,
  { action }: KeyChange,
  from: readonly Situation[],
  to: readonly Situation[],
): KeyModel['revision'] {
  if (mayChangeNothing.includes(action)) return { least, most: most + 1 };
  const isMove = makesVersions.includes(action) || !to.some((situation) => from.includes(situation));
  return isMove ? { least: least + 1, most: most + 1 } : { least, most };
}

/** Where a key may be after any of these actions, done in any order, any number of times, or not at all. */
export function reachable(from: Situation, actions: readonly string[]): readonly Situation[] {
  const found = new Set<Situation>([from]);
  for (const situation of found) {
    for (const action of actions) for (const to of moves[action]?.[situation] ?? []) found.add(to);
  }
  return [...found];
}
