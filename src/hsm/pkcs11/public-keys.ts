/** Public halves as node:crypto and the rest of kyok know them, from what a token tells of its objects. */
import { createPublicKey, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto';
import type { KeySpec } from '../../domain/algorithms.js';
import { equalBytes, plain } from '../bytes.js';
import { ck, type Handle, input, output } from './cryptoki.js';
import { curves } from './curves.js';
import { bytesOf } from './objects.js';
import type { Token } from './token.js';

/** FIPS 186-5, section 5.1: public exponents are odd and above 2^16. */
const leastPublicExponent = 65_537n;

/** DER SubjectPublicKeyInfo. */
export function spkiOf(publicKey: KeyObject): Uint8Array {
  return plain(publicKey.export({ type: 'spki', format: 'der' }));
}

/** A public key from DER; points that are not on their curve are refused. */
export function publicKeyFrom(spki: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}

/** From a public or private RSA object. Throws unless it is a sound key of `spec`. */
export function rsaPublicKey(token: Token, object: Handle, spec: KeySpec): KeyObject {
  const [n, e] = attributes(token, object, [ck.CKA_MODULUS, ck.CKA_PUBLIC_EXPONENT]);
  const key = jwk({ kty: 'RSA', n: base64url(n), e: base64url(e) });
  const details = key.asymmetricKeyDetails;
  const exponent = details?.publicExponent ?? 0n;
  if (details?.modulusLength !== Number(spec.size) || exponent < leastPublicExponent || exponent % 2n === 0n) throw new Error('size');
  return key;
}

/** From a generated public EC object. */
export function ecPublicKey(token: Token, object: Handle, spec: KeySpec): KeyObject {
  const [point] = attributes(token, object, [ck.CKA_EC_POINT]);
  return ecKeyOf(spec, octets(point ?? new Uint8Array()));
}

/** From a generated public Ed25519 object. */
export function ed25519PublicKey(token: Token, object: Handle): KeyObject {
  const [point] = attributes(token, object, [ck.CKA_EC_POINT]);
  return jwk({ kty: 'OKP', crv: 'Ed25519', x: base64url(octets(point ?? new Uint8Array())) });
}

/**
 * The public half of a private EC object that came in wrapped: objects of this kind need not tell it, so it is recovered
 * from a signature (SEC 1, section 4.1.6), and a second signature says which of the candidates it is.
 */
export function recoveredPublicKey(token: Token, object: Handle, spec: KeySpec): KeyObject {
  const curve = curves[spec.size];
  const [parameters] = attributes(token, object, [ck.CKA_EC_PARAMS]);
  if (!curve || !parameters || !equalBytes(plain(parameters), plain(curve.parameters))) throw new Error('curve');
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const [signature, proof] = [rawSignature(token, object, first), rawSignature(token, object, second)];
  for (const recovery of [0, 1, 2, 3]) {
    const key = candidate(curve.signatures, spec, Uint8Array.of(recovery, ...signature), first);
    if (key && isSignedBy(curve.signatures, key, second, proof)) return ecKeyOf(spec, key);
  }
  throw new Error('no public key');
}

type Signatures = NonNullable<(typeof curves)[string]>['signatures'];

function candidate(signatures: Signatures, spec: KeySpec, recovered: Uint8Array, digest: Uint8Array): Uint8Array | null {
  try {
    const compressed = signatures.recoverPublicKey(recovered, digest, { prehash: false });
    const point = signatures.Point.fromBytes(compressed).toBytes(false);
    return point.length === 1 + 2 * bytesOf(spec) ? point : null;
  } catch {
    return null;
  }
}

function isSignedBy(signatures: Signatures, point: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  return signatures.verify(signature, digest, point, { prehash: false, lowS: false });
}

function rawSignature(token: Token, object: Handle, digest: Uint8Array): Uint8Array {
  return token.inSession((module, session) => {
    module.C_SignInit(session, { mechanism: ck.CKM_ECDSA }, object);
    return output(module.C_Sign(session, input(digest), Buffer.alloc(256)));
  });
}

function ecKeyOf(spec: KeySpec, point: Uint8Array): KeyObject {
  const bytes = bytesOf(spec);
  if (point.length !== 1 + 2 * bytes || point[0] !== 4) throw new Error('point');
  const crv = curves[spec.size]?.jwkName ?? '';
  return jwk({ kty: 'EC', crv, x: base64url(point.subarray(1, 1 + bytes)), y: base64url(point.subarray(1 + bytes)) });
}

/** CKA_EC_POINT is a DER OCTET STRING; some modules leave that away. */
function octets(point: Uint8Array): Uint8Array {
  if (point[0] !== 4) return point;
  if (point.length === 2 + (point[1] ?? 0)) return point.subarray(2);
  if (point[1] === 0x81 && point.length === 3 + (point[2] ?? 0)) return point.subarray(3);
  return point;
}

function attributes(token: Token, object: Handle, types: readonly number[]): Uint8Array[] {
  return token
    .call((module, home) =>
      module.C_GetAttributeValue(
        home,
        object,
        types.map((type) => ({ type })),
      ),
    )
    .map(({ value }) => value);
}

function jwk(key: JsonWebKey): KeyObject {
  return createPublicKey({ key, format: 'jwk' });
}

function base64url(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64url');
}
