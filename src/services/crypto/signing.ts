/** Signatures and MACs differ in the mechanisms and the word for the result only. */
import type { Mechanism } from '../../domain/algorithms.js';
import type { Context } from '../operation.js';
import { type Outcome, outcomeOf, refuseTooMuch, tally } from './items.js';
import { mechanismFor } from './mechanism.js';
import type { NamedKey } from './place.js';
import { currentVersion, requireVersion, usableKey } from './usable-key.js';

/** What both kinds take: mechanisms of the signature kind make signatures, those of the MAC kind MACs. */
export type SigningPurpose = 'SIGNATURE' | 'MAC';

export interface SigningInput {
  readonly keyId: string;
  readonly mechanism?: Mechanism | undefined;
}

/** Signs with the key's current version. */
export async function signItems<T extends object>(
  context: Context,
  named: NamedKey,
  purpose: SigningPurpose,
  input: SigningInput & { readonly items: readonly { readonly data: Uint8Array }[] },
  success: (result: Uint8Array) => T,
) {
  refuseTooMuch(context.estate, input.items);
  const key = await usableKey(context, named, 'SIGN', 'CURRENT');
  const version = currentVersion(key);
  const mechanism = mechanismFor(key.spec, purpose, input.mechanism);
  const results = await context.estate.hsm.sign(
    version.ref,
    mechanism,
    input.items.map(({ data }) => data),
  );
  const outcomes = input.items.map((_, index): Outcome<T> => outcomeOf(results[index], success));
  const { count, failed } = tally(outcomes);
  const details = { keyId: input.keyId, version: version.version, mechanism, failed };
  return { output: { keyVersion: version.version, mechanism, items: outcomes }, count, details };
}

/** Verifies with the version that is named, or the current one. */
export async function verifyItems(
  context: Context,
  named: NamedKey,
  purpose: SigningPurpose,
  input: SigningInput & { readonly version?: number | undefined },
  items: readonly { readonly data: Uint8Array; readonly signature: Uint8Array }[],
) {
  refuseTooMuch(context.estate, items);
  const number = input.version ?? named.managedKey.version;
  const key = await usableKey(context, named, 'VERIFY', [number]);
  const version = requireVersion(key.versions.get(number));
  const mechanism = mechanismFor(key.spec, purpose, input.mechanism);
  const valid = await context.estate.hsm.verify(version.ref, mechanism, items);
  const outcomes = items.map((_, index) => ({ valid: valid[index] === true }));
  const details = { keyId: input.keyId, version: number, mechanism, invalid: outcomes.filter(({ valid }) => !valid).length };
  return { output: { keyVersion: number, mechanism, items: outcomes }, count: items.length, details };
}
