/**
 * How a file's key travels in an age v1 header under a managed key of kyok: one stanza
 *
 *     -> kyok <id of the managed key>
 *     <the 16-byte file key as wrapKey answered it, base64>
 *
 * The wrapping binds the purpose as additional authenticated data, so that no other wrapped key can stand in for a file's.
 * age v1: https://c2sp.org/age; docs/file-format.md.
 */
import { type Identity, type Recipient, Stanza } from 'age-encryption';
import { toBase64 } from '../../domain/base64.js';
import { send } from '../calls.js';
import { CliFailure, type Refusal, refusalFailure } from '../failure.js';
import { base64Bytes } from '../streams.js';
import { type GraphqlOperation, mutation, type Row, type Session } from '../verb.js';

const errorFields = 'error { code kind message details }';
export const wrapFileKey = mutation('wrapKey', { input: 'WrapKeyInput!' }, `items { ciphertext ${errorFields} }`);
export const unwrapFileKey = mutation('unwrapKey', { input: 'UnwrapKeyInput!' }, `items { plaintext ${errorFields} }`);

const stanzaType = 'kyok';
const purpose = { aad: toBase64(Buffer.from('kyok file key 1', 'latin1')) };

/** Wraps file keys under the managed key's current version. */
export function managedKeyRecipient(session: Session, keyId: string): Recipient {
  return {
    async wrapFileKey(fileKey) {
      const wrapped = await onlyItem(session, wrapFileKey, keyId, { plaintext: toBase64(fileKey), ...purpose }).catch(inWordsOfFiles);
      return [new Stanza([stanzaType, keyId], base64Bytes(String(wrapped.ciphertext), 'The answer'))];
    },
  };
}

/** Unwraps file keys under whichever managed key the file names. */
export function managedKeyIdentity(session: Session): Identity {
  return {
    async unwrapFileKey(stanzas) {
      const stanza = stanzas.find(({ args: [type, keyId] }) => type === stanzaType && keyId !== undefined);
      if (!stanza)
        throw new CliFailure('NOT_VERIFIED', 'The file is not encrypted under a key of kyok; another program of age may open it.');
      const [, keyId = ''] = stanza.args;
      const unwrapped = await onlyItem(session, unwrapFileKey, keyId, { ciphertext: toBase64(stanza.body), ...purpose });
      return base64Bytes(String(unwrapped.plaintext), 'The answer');
    },
  };
}

/** The server names what the key cannot do, which is not what was asked for here. */
function inWordsOfFiles(error: unknown): never {
  if (!(error instanceof CliFailure) || error.refusal.code !== 'MECHANISM_UNSUPPORTED') throw error;
  const algorithm = String(error.refusal.details?.algorithm);
  throw new CliFailure(error.exit, `A file needs a key that wraps: an AES key. This one is ${algorithm}.`, error.refusal);
}

async function onlyItem(session: Session, operation: GraphqlOperation, keyId: string, item: Row): Promise<Row> {
  const answer = (await send(session, operation, { input: { keyId, items: [item] } })) as { readonly items: readonly [Row] };
  const [{ error, ...result }] = answer.items;
  if (!error) return result;
  const { message, ...refusal } = error as Refusal & { readonly message: string };
  throw refusalFailure(message, refusal);
}
