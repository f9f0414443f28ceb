import type { Variables } from './client.js';
import { idOf } from './lookup.js';
import type { Given, Parameter, Session } from './verb.js';

/** The variables that the given values make, each at its parameter's place; names have become ids. */
export async function variablesOf(session: Session, parameters: readonly Parameter[], given: Given): Promise<Variables> {
  const variables: Record<string, unknown> = {};
  for (const parameter of parameters) {
    const value = given[parameter.name];
    if (value === undefined || parameter.at === undefined) continue;
    place(variables, parameter.at.split('.'), await resolved(session, parameter, value));
  }
  return variables;
}

/** A value whose names have become ids. */
export async function resolved(session: Session, { refers }: Parameter, value: unknown): Promise<unknown> {
  if (!refers) return value;
  if (!Array.isArray(value)) return await idOf(session, refers, String(value));
  const ids: string[] = [];
  for (const item of value) ids.push(await idOf(session, refers, String(item)));
  return ids;
}

/** Puts a value under a path; a path that ends at an object already there (`--input`) fills its gaps only. */
function place(target: Record<string, unknown>, [step, ...rest]: readonly string[], value: unknown): void {
  if (step === undefined) return;
  const there = target[step];
  if (rest.length > 0) {
    const inner = isRecord(there) ? there : {};
    target[step] = inner;
    place(inner, rest, value);
    return;
  }
  target[step] = isRecord(there) && isRecord(value) ? { ...value, ...there } : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
