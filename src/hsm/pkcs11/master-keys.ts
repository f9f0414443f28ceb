/**
 * The master key of a token: two keys made inside it that never leave it. One wraps (AES-256), the other authenticates
 * (HMAC-SHA-256): a module's key wrap binds neither attributes nor context.
 */
import { createHash } from 'node:crypto';
import { concat } from '../bytes.js';
import { type Attribute, ck, type Handle, input, output } from './cryptoki.js';
import { refused } from './refusals.js';
import type { Token } from './token.js';

export interface MasterKeys {
  readonly wrapping: Handle;
  /** 32 bytes that identify the keys and reveal nothing of them; the same as long as both are the same. */
  readonly verificationPattern: Uint8Array;
  /** First 16 bytes of the verification pattern. */
  readonly id: Uint8Array;
  /** HMAC-SHA-256 by the authentication key, under a name that keeps what is authenticated for one purpose from another. */
  mac(purpose: MacPurpose, bytes: Uint8Array): Uint8Array;
}

export type MacPurpose = 'key blob 2' | 'hsm memory 1' | 'verification pattern 1';

export const wrappingKeyLabel = 'kyok wrapping key';
export const authenticationKeyLabel = 'kyok authentication key';
const keyBytes = 32;
export const masterKeyIdBytes = 16;
/** Wrapped by the wrapping key, it shows by which key it was wrapped; key wrap is deterministic. */
const probe = new Uint8Array(keyBytes).fill(0x4b);

/**
 * The token's master keys; `null` when it has none.
 * @throws EstateError MASTER_KEY_STATE_FORBIDS (TOKEN_KEYS_AMBIGUOUS, TOKEN_KEY_MISSING)
 */
export function findMasterKeys(token: Token): MasterKeys | null {
  const wrapping = findOne(token, wrappingKeyLabel);
  const authentication = findOne(token, authenticationKeyLabel);
  // A lone authentication key is what a crash leaves in the middle of `makeMasterKeys`; nothing was ever wrapped then.
  if (!wrapping) return null;
  if (!authentication) throw refused('TOKEN_KEY_MISSING', { label: authenticationKeyLabel });
  return masterKeysOf(token, wrapping, authentication);
}

/** New master keys, on the token for good. Of what was left of an interrupted attempt nothing stays. */
export function makeMasterKeys(token: Token): MasterKeys {
  const leftover = findOne(token, authenticationKeyLabel);
  if (leftover) token.call((module, home) => module.C_DestroyObject(home, leftover));
  const authentication = token.call((module, home) =>
    module.C_GenerateKey(home, { mechanism: ck.CKM_GENERIC_SECRET_KEY_GEN }, [
      ...residentSecret(authenticationKeyLabel),
      { type: ck.CKA_SIGN, value: true },
      { type: ck.CKA_VERIFY, value: true },
    ]),
  );
  // Made last: keys are there once it is there.
  const wrapping = token.call((module, home) =>
    module.C_GenerateKey(home, { mechanism: ck.CKM_AES_KEY_GEN }, [
      ...residentSecret(wrappingKeyLabel),
      { type: ck.CKA_WRAP, value: true },
      { type: ck.CKA_UNWRAP, value: true },
    ]),
  );
  return masterKeysOf(token, wrapping, authentication);
}

function residentSecret(label: string): Attribute[] {
  return [
    { type: ck.CKA_TOKEN, value: true },
    { type: ck.CKA_PRIVATE, value: true },
    { type: ck.CKA_SENSITIVE, value: true },
    { type: ck.CKA_EXTRACTABLE, value: false },
    { type: ck.CKA_LABEL, value: label },
    { type: ck.CKA_ID, value: Buffer.from(label, 'utf8') },
    { type: ck.CKA_VALUE_LEN, value: keyBytes },
  ];
}

function findOne(token: Token, label: string): Handle | null {
  const found = token.find([
    { type: ck.CKA_CLASS, value: ck.CKO_SECRET_KEY },
    { type: ck.CKA_TOKEN, value: true },
    { type: ck.CKA_LABEL, value: label },
  ]);
  if (found.length > 1) throw refused('TOKEN_KEYS_AMBIGUOUS', { label });
  const [key] = found;
  if (key) requireLocked(token, key, label);
  return key ?? null;
}

/** What holds of keys that were made on a token and never left it; of one that was written to it the last two do not. */
const locks = [
  { type: ck.CKA_SENSITIVE, is: 1 },
  { type: ck.CKA_EXTRACTABLE, is: 0 },
  { type: ck.CKA_ALWAYS_SENSITIVE, is: 1 },
  { type: ck.CKA_NEVER_EXTRACTABLE, is: 1 },
];

/** A master key that may be read or wrapped out, or that somebody else may know, is none, however it came there. */
function requireLocked(token: Token, key: Handle, label: string): void {
  const found = token.call((module, home) =>
    module.C_GetAttributeValue(
      home,
      key,
      locks.map(({ type }) => ({ type })),
    ),
  );
  if (!locks.every(({ is }, position) => found[position]?.value[0] === is)) throw refused('TOKEN_KEY_EXTRACTABLE', { label });
}

function masterKeysOf(token: Token, wrapping: Handle, authentication: Handle): MasterKeys {
  const mac = (purpose: MacPurpose, bytes: Uint8Array) => macBy(token, authentication, purpose, bytes);
  const verificationPattern = mac('verification pattern 1', wrappedProbe(token, wrapping));
  return { wrapping, verificationPattern, id: verificationPattern.subarray(0, masterKeyIdBytes), mac };
}

function macBy(token: Token, key: Handle, purpose: MacPurpose, bytes: Uint8Array): Uint8Array {
  const message = concat(Buffer.from(`kyok ${purpose}\0`, 'utf8'), createHash('sha256').update(bytes).digest());
  return token.inSession((module, session) => {
    module.C_SignInit(session, { mechanism: ck.CKM_SHA256_HMAC }, key);
    return output(module.C_Sign(session, input(message), Buffer.alloc(64)));
  });
}

function wrappedProbe(token: Token, wrapping: Handle): Uint8Array {
  return token.call((module, home) => {
    const object = module.C_CreateObject(home, [
      { type: ck.CKA_CLASS, value: ck.CKO_SECRET_KEY },
      { type: ck.CKA_KEY_TYPE, value: ck.CKK_AES },
      { type: ck.CKA_TOKEN, value: false },
      { type: ck.CKA_EXTRACTABLE, value: true },
      { type: ck.CKA_VALUE, value: input(probe) },
    ]);
    try {
      return output(module.C_WrapKey(home, { mechanism: ck.CKM_AES_KEY_WRAP_PAD }, wrapping, object, Buffer.alloc(64)));
    } finally {
      module.C_DestroyObject(home, object);
    }
  });
}
