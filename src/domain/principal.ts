import type { Id, TextRule, Timestamp, Tracked } from './entity.js';

export const principalKinds = ['USER', 'SERVICE', 'SYSTEM'] as const;
export type PrincipalKind = (typeof principalKinds)[number];

/** Who acts: a person, a program, or the server itself (schedules, reconciler). */
export interface Principal extends Tracked {
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly description: string;
}

/** A bearer secret of a principal. Only a keyed hash of it is stored. */
export interface ApiKey extends Tracked {
  readonly principalId: Id;
  readonly name: string;
  /** HMAC-SHA-256 of the secret under the server's pepper, lower-case hex. */
  readonly secretHash: string;
  readonly expiresAt: Timestamp | null;
  readonly revokedAt: Timestamp | null;
}

export const scopeKinds = ['INSTANCE', 'VAULT', 'RING', 'KEY'] as const;
export type ScopeKind = (typeof scopeKinds)[number];

/** Where a role holds. `INSTANCE` has no id. */
export interface Scope {
  readonly kind: ScopeKind;
  readonly id: Id | null;
}

/** A custom role: a set of actions under a name. Built-in roles live in `permissions.ts`. */
export interface Role extends Tracked {
  readonly name: string;
  readonly description: string;
  readonly actions: readonly string[];
}

export interface RoleBinding extends Tracked {
  readonly principalId: Id;
  /** A built-in role's id (`VaultAdministrator`) or a custom role's UUID. */
  readonly roleId: string;
  readonly scope: Scope;
}

export const iamNameRule: TextRule = {
  min: 1,
  max: 100,
  pattern: /^[A-Za-z0-9][A-Za-z0-9 ._@-]*$/,
  form: 'letters, digits, spaces and ._@-, starting with a letter or digit',
};
