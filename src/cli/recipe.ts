/** How the command line writes what templates and keys are made of. */
import { usageFailure } from './failure.js';

/** `type:group` or `type:group:naming-scheme` as targets. */
export function targetsOf(given: unknown): readonly Readonly<Record<string, unknown>>[] {
  return (given as readonly string[]).map((text) => {
    const [keystoreType, group, ...scheme] = text.split(':');
    if (!keystoreType || !group) throw usageFailure('--target takes type:group, for example internal:payments.');
    return { keystoreType, group, ...(scheme.length > 0 ? { namingScheme: scheme.join(':') } : {}) };
  });
}

const moves = { activate: 'activateOnDate', deactivate: 'deactivateOnDate', destroy: 'destroyOnDate' } as const;

/** `activate,deactivate,destroy` as a lifecycle policy; nothing when not given. */
export function dateMoves(given: unknown): { readonly lifecyclePolicy?: Readonly<Record<string, boolean>> } {
  if (given === undefined) return {};
  const words = given as readonly string[];
  const unknown = words.filter((word) => word !== 'none' && !(word in moves));
  if (unknown.length > 0) throw usageFailure('--on-date takes activate, deactivate, destroy or none.');
  return { lifecyclePolicy: Object.fromEntries(Object.entries(moves).map(([word, field]) => [field, words.includes(word)])) };
}
