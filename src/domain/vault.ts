import type { TextRule, Tracked } from './entity.js';

/** `RETIRED`: deleted by its owner, hidden, and kept only until the last key in it has been destroyed. */
export const holderStates = ['ACTIVE', 'RETIRED'] as const;
export type HolderState = (typeof holderStates)[number];

/** The unit of authorisation: every keystore, template and managed key lives in one vault for life. */
export interface Vault extends Tracked {
  readonly name: string;
  readonly description: string;
  /** Label of a recovery key, for estates that come from the on-premises product. */
  readonly recoveryKeyLabel: string | null;
  readonly state: HolderState;
}

export const vaultNameRule: TextRule = {
  min: 1,
  max: 100,
  pattern: /^[A-Za-z0-9#@!$%'_-][A-Za-z0-9#@!$% '_-]*$/,
  form: "letters, digits, spaces and #@!$%'_-, not starting with a space",
};
