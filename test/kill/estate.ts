/** What a driver's clients know of the estate they work on: what they were told, and what they keep. */
import type { Random } from '../histories/random.js';
import type { Told } from '../histories/told.js';

/** Something that was encrypted, and by which version; kept to be opened again. */
export interface Kept {
  readonly keyId: string;
  readonly version: number;
  readonly ciphertext: string;
  readonly plaintext: string;
}

/** An API key that was made for a principal of its own. */
export interface MadeApiKey {
  readonly id: string;
  readonly token: string;
  /** `ASKED`: nobody knows whether the revocation was done. */
  revoked: 'NO' | 'ASKED' | 'YES';
}

/** A create whose end nobody knows: it is asked for again with the same client token. */
export interface Unsettled {
  readonly step: Step;
}

/** All that clients of one data folder know. Mutable: several clients write into it. */
export interface Known {
  readonly vaults: Thing[];
  readonly keystores: Thing[];
  readonly templates: Thing[];
  readonly keys: string[];
  readonly principals: Thing[];
  readonly apiKeys: MadeApiKey[];
  readonly kept: Kept[];
  readonly told: Told[];
  readonly unsettled: Unsettled[];
  /** Creates with a client token that were acknowledged: asked for again they make nothing. */
  readonly settled: Step[];
}

export interface Thing {
  readonly id: string;
  readonly vaultId: string;
}

export function nothingKnown(): Known {
  return {
    vaults: [],
    keystores: [],
    templates: [],
    keys: [],
    principals: [],
    apiKeys: [],
    kept: [],
    told: [],
    unsettled: [],
    settled: [],
  };
}

/** One request to make: what it is in the words of the audit log, and what follows from its answer. */
export interface Step {
  readonly action: string;
  readonly effect: Told['effect'];
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly clientToken: string | null;
  /** Ids the request is about: one, or each item of a bulk; empty for creates and lists. */
  readonly subjects: readonly string[];
  /** What is learnt from `data.r`; for bulks each item is told by itself. */
  learn(known: Known, result: unknown): Learnt;
}

/** What an answer says in the words of the history. */
export interface Learnt {
  readonly createdId?: string;
  readonly key?: KeyAnswer | null;
}

/** A managed key in an answer. */
export interface KeyAnswer {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly version: number;
  readonly destroyAt: string | null;
}

/** What a step is made from. */
export interface Chances {
  readonly random: Random;
  readonly known: Known;
  /** A name that nobody has used in this data folder. */
  newName(): string;
}

/** Counts everything that clients see, over all clients. */
export interface Ticks {
  next(): number;
}

export function ticks(): Ticks {
  let last = 0;
  return {
    next: () => {
      last += 1;
      return last;
    },
  };
}
