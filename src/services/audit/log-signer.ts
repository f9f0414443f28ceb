import { utf8ToBytes } from '@noble/hashes/utils.js';
import { checkpointOrigin, type NoteKey, rawEd25519Key, signedNote, verifierKey } from '../../domain/checkpoint.js';
import { EstateError } from '../../domain/errors.js';
import type { Estate } from '../estate.js';
import { systemKey } from '../system-keys.js';

/** The key that speaks for this server's log, inside the HSM. */
export interface LogSigner {
  /** Its public key in C2SP's `vkey` form. */
  readonly verifierKey: string;
  /** The text as a C2SP signed-note. @throws EstateError HSM_SEALED */
  sign(text: string): Promise<string>;
}

/** The signer; the first call makes its key. @throws EstateError HSM_SEALED when the key is not there yet */
export async function logSigner(estate: Estate): Promise<LogSigner> {
  const key = await systemKey(estate, 'audit-checkpoint');
  const noteKey: NoteKey = {
    name: checkpointOrigin(estate.instanceId),
    publicKey: rawEd25519Key(key.publicKey ?? new Uint8Array()),
  };
  return {
    verifierKey: verifierKey(noteKey),
    sign: async (text) => {
      const [signed] = await estate.hsm.sign(key, 'EDDSA', [utf8ToBytes(text)]);
      if (!signed?.ok) throw new EstateError('CRYPTO_FAILED');
      return signedNote(text, noteKey, signed.data);
    },
  };
}
