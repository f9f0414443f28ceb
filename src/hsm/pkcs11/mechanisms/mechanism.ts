import type { KeyObject } from 'node:crypto';
import type { KeySpec, Mechanism } from '../../../domain/algorithms.js';
import type { CipherItem } from '../../contract.js';
import type { Attribute, Handle } from '../cryptoki.js';
import type { Token } from '../token.js';

type Bytes = Uint8Array | Promise<Uint8Array>;

/** A key whose attributes allow what is asked of it. */
export interface UsableKey {
  readonly spec: KeySpec;
  /** The public half of key pairs: what needs nothing else is done outside the token. */
  readonly publicKey: KeyObject | null;
  /** The object on the token, brought there when it is first needed. */
  object(): Handle;
}

/** What is known of the module besides its list of mechanisms. */
export interface ModuleTraits {
  /** Hashes for which the module does OAEP itself. */
  readonly oaepHashes: ReadonlySet<string>;
}

/**
 * One row of the mechanism table. Functions throw anything on failure; the engine answers with one uniform error and
 * never with the reason.
 */
export interface MechanismRow {
  readonly mechanism: Mechanism;
  readonly encrypt?: (token: Token, key: UsableKey, item: CipherItem) => Bytes;
  readonly decrypt?: (token: Token, key: UsableKey, item: CipherItem, traits: ModuleTraits) => Bytes;
  readonly sign?: (token: Token, key: UsableKey, data: Uint8Array) => Bytes;
  readonly verify?: (token: Token, key: UsableKey, data: Uint8Array, signature: Uint8Array) => boolean;
  /** Wraps another key's object. */
  readonly wrap?: (token: Token, key: UsableKey, target: Handle) => Uint8Array;
  /** Wrapped material becomes an object of this template. */
  readonly unwrap?: (token: Token, key: UsableKey, wrapped: Uint8Array, template: readonly Attribute[], traits: ModuleTraits) => Handle;
  /** Wraps an object for somebody else's RSA public key. */
  readonly exportTo?: (token: Token, publicKey: KeyObject, target: Handle, traits: ModuleTraits) => Uint8Array;
  readonly hasAad?: boolean;
}
