/** Decrypting under whichever version made a ciphertext; `decrypt`, `unwrapKey` and `rewrapKey` stand on it. */
import { defaultMechanism, type KeyUsage } from '../../domain/algorithms.js';
import { type ParsedCiphertext, readCiphertext } from '../../domain/ciphertext.js';
import { EstateError } from '../../domain/errors.js';
import type { Context } from '../operation.js';
import { failed, type Outcome, outcomeOf } from './items.js';
import { mechanismFor } from './mechanism.js';
import type { NamedKey } from './place.js';
import { boundData } from './protect.js';
import { refuseLostUse, type UsableKey, usableKey } from './usable-key.js';

export interface SealedItem {
  readonly ciphertext: Uint8Array;
  readonly aad?: Uint8Array | undefined;
}

/** An item in clear, and the version that had protected it. */
export interface OpenedItem {
  readonly plaintext: Uint8Array;
  readonly keyVersion: number;
}

/** An item's place in the call, and what its header says. */
interface Sealed {
  readonly index: number;
  readonly parsed: ParsedCiphertext;
  readonly aad: Uint8Array | undefined;
}

/**
 * Opens each item with the version its header names; an item of another key, or altered, fails alone. Nothing is let go
 * when the key or the credential was lost meanwhile.
 */
export async function open(
  context: Context,
  named: NamedKey,
  usage: KeyUsage,
  items: readonly SealedItem[],
): Promise<{ readonly key: UsableKey; readonly outcomes: readonly Outcome<OpenedItem>[] }> {
  const outcomes: Outcome<OpenedItem>[] = items.map(() => failed(new EstateError('CIPHERTEXT_INVALID')));
  const mechanism = defaultMechanism(named.managedKey, 'ENCRYPTION');
  const sealed = items.flatMap((item, index): Sealed[] => {
    const parsed = readCiphertext(item.ciphertext);
    // Only what `protect` makes: a header that was changed to an unauthenticated mechanism is refused before it is tried.
    const isOfThisKey = parsed?.keyId === named.managedKey.id && parsed.mechanism === mechanism;
    return isOfThisKey ? [{ index, parsed, aad: item.aad }] : [];
  });
  const key = await usableKey(
    context,
    named,
    usage,
    sealed.map(({ parsed }) => parsed.version),
  );
  const groupOf = (version: number) => sealed.filter(({ parsed }) => parsed.version === version);
  await Promise.all([...key.versions.keys()].map(async (version) => await openGroup(context, key, version, groupOf(version), outcomes)));
  await refuseLostUse(context, key, usage);
  return { key, outcomes };
}

async function openGroup(
  { estate }: Context,
  key: UsableKey,
  number: number,
  group: readonly Sealed[],
  outcomes: Outcome<OpenedItem>[],
): Promise<void> {
  const version = key.versions.get(number);
  if (!version || version instanceof EstateError) {
    const isUnknown = !version || version.code === 'KEY_VERSION_NOT_FOUND';
    for (const { index } of group) outcomes[index] = failed(isUnknown ? new EstateError('CIPHERTEXT_INVALID') : version);
    return;
  }
  const mechanism = mechanismFor(key.spec, 'ENCRYPTION', undefined);
  const sent = group.map(({ parsed, aad }) => ({ data: parsed.body, ...boundData(mechanism, parsed.header, aad) }));
  const results = await estate.hsm.decrypt(version.ref, mechanism, sent);
  for (const [place, { index }] of group.entries()) {
    outcomes[index] = outcomeOf(results[place], (plaintext) => ({ plaintext, keyVersion: number }));
  }
}
