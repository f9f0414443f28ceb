/** What happens in a history: what clients ask for, and what goes wrong. Plain data, so that it can be made smaller. */
import { historySeed, type Random, random } from '../histories/random.js';
import type { Boundary } from './boundary.js';

/** How often clients ask for what. */
export const verbs = {
  createManagedKey: 9,
  createManagedKeyImport: 1,
  importManagedKey: 2,
  activate: 4,
  deactivate: 4,
  rotate: 7,
  compromise: 2,
  destroy: 5,
  cancelDestruction: 3,
  remove: 2,
  sync: 2,
  align: 3,
  updateManagedKey: 4,
  planDates: 3,
  bulk: 3,
  encrypt: 6,
  decrypt: 4,
  wrapKey: 2,
  unwrapKey: 2,
  sign: 2,
  generateMac: 2,
  readKeys: 1,
  createVault: 1,
  updateVault: 1,
  deleteVault: 1,
  createKeystore: 1,
  updateKeystore: 2,
  deleteKeystore: 1,
  createKeyTemplate: 2,
  updateKeyTemplate: 2,
  archiveKeyTemplate: 1,
  deleteKeyTemplate: 1,
  createPrincipal: 1,
  createApiKey: 1,
  revokeApiKey: 1,
  auditCheckpoint: 1,
  wait: 9,
} as const;
export type Verb = keyof typeof verbs;

export type Numbers = readonly [number, number, number, number, number, number];

/** One thing that a client does. The numbers choose among what is there when its turn has come. */
export interface Deed {
  readonly client: number;
  readonly verb: Verb;
  readonly numbers: Numbers;
  /** Whether the request names the revision that the client saw last. */
  readonly namesRevision: boolean;
  readonly isDryRun: boolean;
  /** Whether the same request is delivered twice at the same time. */
  readonly isDoubled: boolean;
}

/** How often what goes wrong. */
export const faultKinds = {
  crashBefore: 2,
  crashAfter: 3,
  lostRequest: 3,
  lostReply: 4,
  throttled: 2,
  stale: 3,
  slow: 4,
  twice: 2,
  restart: 1,
} as const;
export type FaultKind = keyof typeof faultKinds;

/** Goes wrong at the first call from this step on that it fits. */
export interface Fault {
  readonly step: number;
  readonly kind: FaultKind;
  /** What it is meant for: only where it is free to choose. */
  readonly at: Boundary;
}

/** How often faults are meant for which boundary: reads are many, and little hangs on each. */
const aims = { 'store.read': 1, 'store.write': 4, 'store.append': 1, hsm: 2, 'keystore.inspect': 2, 'keystore.step': 3 } as const;

export interface Plan {
  readonly deeds: readonly Deed[];
  readonly faults: readonly Fault[];
  /** Decides who goes on when several can. */
  readonly order: number;
}

const clients = 3;

/** The history of this number in the run of this seed. */
export function planOf(seed: number, history: number): Plan {
  const source = random(historySeed(seed, history));
  const keys = Array.from({ length: 1 + source.below(3) }, () => ({
    ...deedOf(source),
    verb: 'createManagedKey' as const,
    isDryRun: false,
  }));
  const deeds = [...keys, ...Array.from({ length: 8 + source.below(25) }, () => deedOf(source))];
  // A quarter of all histories goes without faults: what fails there is plain wrong.
  const count = source.chance(0.25) ? 0 : 1 + source.below(10);
  const faults = Array.from({ length: count }, () => faultOf(source)).sort((a, b) => a.step - b.step);
  return { deeds, faults, order: source.below(0x1_0000_0000) };
}

function deedOf(source: Random): Deed {
  const number = () => source.below(1_000_000);
  return {
    client: source.below(clients),
    verb: source.weighted(verbs),
    numbers: [number(), number(), number(), number(), number(), number()],
    namesRevision: source.chance(0.4),
    isDryRun: source.chance(0.04),
    isDoubled: source.chance(0.08),
  };
}

function faultOf(source: Random): Fault {
  return {
    step: source.below(source.pick([100, 300, 600])),
    kind: source.weighted(faultKinds),
    at: source.weighted(aims),
  };
}
