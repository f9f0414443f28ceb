/**
 * Connection secrets at rest: JSON encrypted by a system key of the HSM, bound to the keystore they belong to.
 * Layout: 0x01 || id of the system key (16 bytes) || AES-GCM ciphertext with the keystore's id as associated data.
 */
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Id } from '../domain/entity.js';
import { EstateError } from '../domain/errors.js';
import type { Keystore } from '../domain/keystore.js';
import type { ItemResult } from '../hsm/contract.js';
import type { Estate } from './estate.js';
import { systemKey, systemKeyById } from './system-keys.js';

/** Secret connection fields by name, in clear. Keep them no longer than the connection. */
export type KeystoreSecrets = Readonly<Record<string, string>>;

const layout = Uint8Array.of(0x01);
const headerLength = 17;

/** @throws EstateError HSM_SEALED */
export async function sealKeystoreSecrets(estate: Estate, keystoreId: Id, secrets: KeystoreSecrets): Promise<Uint8Array | null> {
  if (Object.keys(secrets).length === 0) return null;
  const key = await systemKey(estate, 'keystore-secrets');
  const item = { data: utf8ToBytes(JSON.stringify(secrets)), aad: utf8ToBytes(keystoreId) };
  const ciphertext = onlyResult(await estate.hsm.encrypt(key, 'AES_GCM', [item]));
  return concatBytes(layout, uuidBytes(key.id), ciphertext);
}

/** @throws EstateError HSM_SEALED, CIPHERTEXT_INVALID when the secrets were altered or belong to another keystore */
export async function openKeystoreSecrets(
  estate: Estate,
  { id, sealedSecrets }: Pick<Keystore, 'id' | 'sealedSecrets'>,
): Promise<KeystoreSecrets> {
  if (sealedSecrets === null) return {};
  if (sealedSecrets[0] !== layout[0] || sealedSecrets.length <= headerLength) throw new EstateError('CIPHERTEXT_INVALID');
  const key = await systemKeyById(estate, uuidText(sealedSecrets.slice(1, headerLength)));
  const item = { data: sealedSecrets.slice(headerLength), aad: utf8ToBytes(id) };
  const clear = onlyResult(await estate.hsm.decrypt(key, 'AES_GCM', [item]));
  return JSON.parse(new TextDecoder().decode(clear)) as KeystoreSecrets;
}

function onlyResult([result]: readonly ItemResult[]): Uint8Array {
  if (!result?.ok) throw new EstateError(result?.code ?? 'CRYPTO_FAILED');
  return result.data;
}

function uuidBytes(id: Id): Uint8Array {
  return hexToBytes(id.replaceAll('-', ''));
}

function uuidText(bytes: Uint8Array): Id {
  return bytesToHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
