/** Curves as PKCS#11, JSON Web Keys and the key recovery name them, by the size's name in the algorithm table. */
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';

interface Curve {
  /** DER of the curve's object identifier: CKA_EC_PARAMS. */
  readonly parameters: Uint8Array;
  readonly jwkName: string;
  readonly signatures: ECDSA;
}

const curve = (oid: string, jwkName: string, signatures: ECDSA): Curve => ({ parameters: Buffer.from(oid, 'hex'), jwkName, signatures });

export const curves: Readonly<Record<string, Curve>> = {
  'P-256': curve('06082a8648ce3d030107', 'P-256', p256),
  'P-384': curve('06052b81040022', 'P-384', p384),
  'P-521': curve('06052b81040023', 'P-521', p521),
  SECP256K1: curve('06052b8104000a', 'secp256k1', secp256k1),
};

/** CKA_EC_PARAMS of Ed25519 (RFC 8410). */
export const ed25519Parameters: Uint8Array = Buffer.from('06032b6570', 'hex');
