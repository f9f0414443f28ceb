import type { KeyAlgorithm } from './algorithms.js';
import type { Id, JsonObject, TextRule, Tracked } from './entity.js';

export const templateTypes = ['USER_DEFINED', 'SHADOW', 'SYSTEM'] as const;
/** `SHADOW`: made along with a key that was created with its own properties; `exposeKeyTemplate` makes it USER_DEFINED. */
export type TemplateType = (typeof templateTypes)[number];

/** `RETIRED`: deleted while keys made from it still existed; hidden, and kept only until the last of them is removed. */
export const templateStates = ['UNARCHIVED', 'ARCHIVED', 'RETIRED'] as const;
export type TemplateState = (typeof templateStates)[number];

/** Where keys go: every keystore of this type in the vault that carries the group. */
export interface TemplateTarget {
  readonly id: Id;
  readonly keystoreType: string;
  readonly group: string;
  /** Names the key in this target's keystores; without it the key's label is used. */
  readonly namingScheme: string | null;
  /** The target type's own attributes (protection level, purpose …) as its descriptor defines them. */
  readonly attributes: JsonObject;
}

export interface RotationPolicy {
  readonly intervalDays: number;
}

/** Which dates move the state by themselves. All false is UKO's "planning only". */
export interface LifecyclePolicy {
  readonly activateOnDate: boolean;
  readonly deactivateOnDate: boolean;
  readonly destroyOnDate: boolean;
}

export interface TemplateKey {
  readonly algorithm: KeyAlgorithm;
  readonly size: string;
  /** ISO 8601 date period counted from the day of creation, for example `P1Y`; `null` sets no date. */
  readonly activationPeriod: string | null;
  /** ISO 8601 date period counted from the activation date. */
  readonly expirationPeriod: string | null;
  readonly initialState: 'PRE_ACTIVATION' | 'ACTIVE';
  /** Whether earlier versions are deactivated when the key is rotated. */
  readonly deactivateOnRotation: boolean;
  readonly rotationPolicy: RotationPolicy | null;
  readonly lifecyclePolicy: LifecyclePolicy;
}

/** The recipe keys are made from. */
export interface KeyTemplate extends Tracked {
  readonly vaultId: Id;
  readonly name: string;
  readonly description: string;
  readonly namingScheme: string | null;
  readonly types: readonly TemplateType[];
  readonly state: TemplateState;
  /** The state in which it was deleted, to which it may come back while it is RETIRED; `null` before. */
  readonly retiredFrom: Exclude<TemplateState, 'RETIRED'> | null;
  /** Starts at 1 and grows with each change that keys can be aligned to. */
  readonly version: number;
  readonly key: TemplateKey;
  readonly targets: readonly TemplateTarget[];
}

/** Stored up to 100; the UKO REST face holds its clients to 30. */
export const templateNameRule: TextRule = {
  min: 1,
  max: 100,
  pattern: /^[A-Za-z][A-Za-z0-9-]*$/,
  form: 'letters, digits and hyphens, starting with a letter',
};
export const maxTargets = 16;
