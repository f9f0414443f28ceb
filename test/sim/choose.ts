/** Choosing by a deed's numbers among what is there. */
import type { KnownKey } from './known.js';
import type { Numbers } from './plan.js';

/** The one that the number falls on, if there is any. */
export function at<T>(items: readonly T[], number = 0): T | undefined {
  return items[number % Math.max(1, items.length)];
}

/** Which keys a request can succeed for. */
export type Taste = (key: KnownKey) => boolean;
export const isActive: Taste = ({ state, destroyAt }) => state === 'ACTIVE' && destroyAt === null;
export const isIdle: Taste = ({ state, destroyAt }) => (state === 'PRE_ACTIVATION' || state === 'DEACTIVATED') && destroyAt === null;
export const isWaiting: Taste = ({ destroyAt }) => destroyAt !== null;
export const isEnded: Taste = (key) => isWaiting(key) || key.state.startsWith('DESTROYED');
export const isAlive: Taste = (key) => !isEnded(key);

/** Mostly one that the request can succeed for, as far as anybody knows. */
export function choose(all: readonly KnownKey[], numbers: Numbers, taste: Taste): KnownKey | undefined {
  const fitting = numbers[5] % 5 === 0 ? [] : all.filter(taste);
  return at(fitting.length > 0 ? fitting : all, numbers[0]);
}
