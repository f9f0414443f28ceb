/** The unit's importer key: RSA-3072, made when first asked for, gone with the process. */
import { constants, generateKeyPair, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { EstateError } from '../../domain/errors.js';
import { plain } from '../bytes.js';
import { publicKeyFrom } from './mechanisms/elliptic.js';

const newKeyPair = promisify(generateKeyPair);
const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;

export interface Importer {
  /** DER SubjectPublicKeyInfo. */
  publicKey(): Promise<Uint8Array>;
  /** @throws EstateError KEY_PART_INVALID, whatever is wrong. */
  decrypt(encrypted: Uint8Array): Promise<Uint8Array>;
}

export function importer(): Importer {
  let pair: Promise<{ publicKey: KeyObject; privateKey: KeyObject }> | undefined;
  const keys = () => {
    pair ??= newKeyPair('rsa', { modulusLength: 3072 });
    return pair;
  };
  return {
    publicKey: async () => plain((await keys()).publicKey.export({ type: 'spki', format: 'der' })),
    async decrypt(encrypted) {
      const { privateKey } = await keys();
      try {
        return plain(privateDecrypt({ key: privateKey, ...oaep }, encrypted));
      } catch {
        throw new EstateError('KEY_PART_INVALID');
      }
    },
  };
}

/** RSA-OAEP-SHA-256 to another unit's importer key. */
export function encryptToImporter(importerPublicKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  return plain(publicEncrypt({ key: publicKeyFrom(importerPublicKey), ...oaep }, bytes));
}
