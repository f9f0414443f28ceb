/** What of a key's life happens without anybody's hand: its first state, and what dates do to it. */
import type { LifecyclePolicy, TemplateKey } from './template.js';

/** The moves that are decided beforehand. */
export interface LifecycleMoves {
  readonly initialState: TemplateKey['initialState'];
  readonly lifecyclePolicy: LifecyclePolicy;
}

/** The moves, and when they happen: days for a key, periods for a template. */
export interface Lifecycle extends LifecycleMoves {
  readonly activationDate: string | null;
  readonly expirationDate: string | null;
  readonly destructionDate: string | null;
}

const dateFields = {
  activateOnDate: 'activationDate',
  deactivateOnDate: 'expirationDate',
  destroyOnDate: 'destructionDate',
} as const satisfies Record<keyof LifecyclePolicy, keyof Lifecycle>;

/** A key that nothing moves but hands. */
export const byHandOnly: Lifecycle = {
  initialState: 'PRE_ACTIVATION',
  lifecyclePolicy: { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false },
  activationDate: null,
  expirationDate: null,
  destructionDate: null,
};

/** What a template decides for the keys made from it. */
export function lifecycleOfTemplate(key: Omit<TemplateKey, 'algorithm' | 'size'>): Lifecycle {
  const { initialState, lifecyclePolicy, activationPeriod, expirationPeriod } = key;
  // Expiration counts from activation.
  const expirationDate = expirationPeriod === null ? null : `${activationPeriod ?? ''}+${expirationPeriod}`;
  return { initialState, lifecyclePolicy, activationDate: activationPeriod, expirationDate, destructionDate: null };
}

/**
 * The moves that a change decides: to begin ACTIVE where that was not so, and each dated move that is switched on or
 * off, or whose day changes while it is on. Days of moves that are off are plans only, and decide nothing.
 */
export function lifecycleChange(before: Lifecycle, after: Lifecycle): LifecycleMoves {
  const changes = (move: keyof LifecyclePolicy) =>
    before.lifecyclePolicy[move] !== after.lifecyclePolicy[move] ||
    (after.lifecyclePolicy[move] && before[dateFields[move]] !== after[dateFields[move]]);
  return {
    initialState: before.initialState === 'ACTIVE' ? 'PRE_ACTIVATION' : after.initialState,
    lifecyclePolicy: {
      activateOnDate: changes('activateOnDate'),
      deactivateOnDate: changes('deactivateOnDate'),
      destroyOnDate: changes('destroyOnDate'),
    },
  };
}

/** The same with only those moves on that have a day: the others wait until somebody sets it. */
export function withDaysOnly<L extends Lifecycle>(lifecycle: L): L {
  const { lifecyclePolicy: on } = lifecycle;
  const has = (move: keyof LifecyclePolicy) => on[move] && lifecycle[dateFields[move]] !== null;
  return {
    ...lifecycle,
    lifecyclePolicy: {
      activateOnDate: has('activateOnDate'),
      deactivateOnDate: has('deactivateOnDate'),
      destroyOnDate: has('destroyOnDate'),
    },
  };
}
