/** Uses the estate: a file is encrypted, its key rotated, refused, brought back, destroyed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { statementFile } from './estate.mjs';

/** @typedef {import('./build.mjs').Client} Client */
/** @typedef {import('./build.mjs').Report} Report */

const chunkBytes = 4 * 1024;

/** @param {Client} client @param {Report} report @param {import('./build.mjs').Estate} estate */
export async function workWithEstate(client, report, estate) {
  const key = (/** @type {string} */ purpose) => /** @type {{ id: string, label: string }} */ (estate.keys.get(purpose));
  const file = readFileSync(new URL(statementFile, import.meta.url));
  const old = await protectFile(client, report, key('card_numbers'), file);
  await takeFromService(client, report, key('card_numbers'), old);
  await signFile(client, report, key('statement_signing'), file);
  await changeMind(client, report, key('card_archive'));
  await destroy(client, report, key('migration_2026'));
}

/** Encrypts, rotates, decrypts what the older version made, rewraps it. Returns a ciphertext of the older version. */
async function protectFile(
  /** @type {Client} */ client,
  /** @type {Report} */ report,
  /** @type {{ id: string, label: string }} */ key,
  /** @type {Buffer} */ file,
) {
  const encrypted = await report.step('encrypt', `${statementFile}`, async () => {
    const items = chunksOf(file).map((chunk, at) => ({ plaintext: base64(chunk), aad: aadOf(at) }));
    const { encrypt } = await client.request(
      'mutation ($input: EncryptInput!) { encrypt(input: $input) { keyVersion items { ciphertext error { message } } } }',
      { input: { keyId: key.id, items } },
    );
    const ciphertexts = valuesOf(encrypt.items, 'ciphertext');
    return { result: `${file.length} bytes in ${items.length} parts under ${key.label} version ${encrypt.keyVersion}`, value: ciphertexts };
  });
  await report.step('rotate', key.label, async () => {
    const { managedKey, error } = await lifecycle(client, 'rotateManagedKey', key.id);
    if (error?.code === 'ROTATION_TOO_SOON') return { result: 'rotated a short while ago; this server makes people wait' };
    refuse(error);
    return { result: `version ${managedKey.version} from now on` };
  });
  await report.step('decrypt', 'what the older version encrypted', async () => {
    const { plaintext, keyVersions } = await decrypted(client, key.id, encrypted);
    if (!plaintext.equals(file)) throw new Error('the file did not come back as it was');
    return {
      result: `the same ${plaintext.length} bytes, by version ${keyVersions.join(', ')}; SHA-256 ${sha256(plaintext).slice(0, 12)}…`,
    };
  });
  await report.step('rewrap', 'to the current version', async () => {
    const items = encrypted.map((ciphertext, at) => ({ ciphertext, aad: aadOf(at) }));
    const { rewrapKey } = await client.request(
      'mutation ($input: RewrapKeyInput!) { rewrapKey(input: $input) { items { ciphertext keyVersion previousVersion error { message } } } }',
      { input: { keyId: key.id, items } },
    );
    const { plaintext } = await decrypted(client, key.id, valuesOf(rewrapKey.items, 'ciphertext'));
    if (!plaintext.equals(file)) throw new Error('the rewrapped file did not come back as it was');
    const [{ previousVersion, keyVersion }] = rewrapKey.items;
    return { result: `version ${previousVersion} to ${keyVersion}, without the plaintext leaving the HSM; still decrypts` };
  });
  return encrypted;
}

/** A deactivated key encrypts no more, and still decrypts. */
async function takeFromService(
  /** @type {Client} */ client,
  /** @type {Report} */ report,
  /** @type {{ id: string, label: string }} */ key,
  /** @type {string[]} */ ciphertexts,
) {
  await report.step('deactivate', key.label, async () => {
    const { managedKey, error } = await lifecycle(client, 'deactivateManagedKey', key.id);
    refuse(error);
    return { result: `${managedKey.state}` };
  });
  await report.step('encrypt', 'with the deactivated key', async () => {
    const code = await refusalOf(() =>
      client.request('mutation ($input: EncryptInput!) { encrypt(input: $input) { items { ciphertext error { code message } } } }', {
        input: { keyId: key.id, items: [{ plaintext: base64(Buffer.from('no')) }] },
      }),
    );
    return { result: `refused, as it must be: ${code}` };
  });
  await report.step('decrypt', 'with the deactivated key', async () => {
    const { plaintext } = await decrypted(client, key.id, ciphertexts);
    return { result: `${plaintext.length} bytes: old data stays readable` };
  });
  await report.step('activate', key.label, async () => {
    const { managedKey, error } = await lifecycle(client, 'activateManagedKey', key.id);
    refuse(error);
    return { result: `${managedKey.state} again` };
  });
}

async function signFile(
  /** @type {Client} */ client,
  /** @type {Report} */ report,
  /** @type {{ id: string, label: string }} */ key,
  /** @type {Buffer} */ file,
) {
  await report.step('sign', `the statement, with ${key.label}`, async () => {
    const data = base64(createHash('sha256').update(file).digest());
    const { sign } = await client.request(
      'mutation ($input: SignInput!) { sign(input: $input) { keyVersion items { signature error { message } } } }',
      { input: { keyId: key.id, items: [{ data }] } },
    );
    const [signature] = valuesOf(sign.items, 'signature');
    const { verify } = await client.request(
      'mutation ($input: VerifyInput!) { verify(input: $input) { items { valid error { message } } } }',
      {
        input: { keyId: key.id, items: [{ data, signature }] },
      },
    );
    if (verify.items[0].valid !== true) throw new Error('the signature does not verify');
    return { result: `${Buffer.from(signature ?? '', 'base64').length} bytes of ECDSA P-256, verified` };
  });
}

/** A destruction that is pending can be taken back. */
async function changeMind(/** @type {Client} */ client, /** @type {Report} */ report, /** @type {{ id: string, label: string }} */ key) {
  await report.step('destroy', `${key.label}, by mistake`, async () => {
    const { managedKey, error } = await lifecycle(client, 'destroyManagedKey', key.id);
    refuse(error);
    return { result: `${managedKey.state}, destroyed at ${managedKey.destroyAt} unless taken back` };
  });
  await report.step('cancel', 'the destruction, and back to work', async () => {
    refuse((await lifecycle(client, 'cancelManagedKeyDestruction', key.id)).error);
    const { managedKey, error } = await lifecycle(client, 'activateManagedKey', key.id);
    refuse(error);
    return { result: `${managedKey.state}` };
  });
}

async function destroy(/** @type {Client} */ client, /** @type {Report} */ report, /** @type {{ id: string, label: string }} */ key) {
  await report.step('destroy', `${key.label}, for good`, async () => {
    const { managedKey, error } = await lifecycle(client, 'destroyManagedKey', key.id);
    refuse(error);
    const ended = await destroyed(client, key.id, managedKey.destroyAt);
    return { result: ended.state === 'DESTROYED' ? 'DESTROYED: its material is gone' : `${ended.state}, destroyed at ${ended.destroyAt}` };
  });
}

/** Waits for the end of a destruction that is due within seconds. */
async function destroyed(/** @type {Client} */ client, /** @type {string} */ id, /** @type {string} */ destroyAt) {
  for (let tries = 0; ; tries += 1) {
    const { managedKey } = await client.request('query ($id: ID!) { managedKey(id: $id) { state destroyAt } }', { id });
    const isDue = Date.parse(destroyAt) < Date.now() + 10_000;
    if (managedKey.state === 'DESTROYED' || !isDue || tries >= 100) return managedKey;
    await sleep(150);
  }
}

async function decrypted(/** @type {Client} */ client, /** @type {string} */ keyId, /** @type {string[]} */ ciphertexts) {
  const items = ciphertexts.map((ciphertext, at) => ({ ciphertext, aad: aadOf(at) }));
  const { decrypt } = await client.request(
    'mutation ($input: DecryptInput!) { decrypt(input: $input) { items { plaintext keyVersion error { message } } } }',
    { input: { keyId, items } },
  );
  const plaintext = Buffer.concat(valuesOf(decrypt.items, 'plaintext').map((part) => Buffer.from(part, 'base64')));
  return { plaintext, keyVersions: [...new Set(decrypt.items.map((/** @type {any} */ item) => item.keyVersion))] };
}

/** One key through a lifecycle mutation: what it is now, or why not. */
async function lifecycle(/** @type {Client} */ client, /** @type {string} */ mutation, /** @type {string} */ id) {
  const data = await client.request(
    `mutation ($id: ID!) { ${mutation}(items: [{ id: $id }]) { managedKey { state version destroyAt } error { code message } } }`,
    { id },
  );
  return data[mutation][0];
}

/** @param {{ code: string, message: string } | null} error */
function refuse(error) {
  if (error) throw new Error(`${error.message} (${error.code})`);
}

/** The code of the refusal that must come. @param {() => Promise<any>} work @returns {Promise<string>} */
async function refusalOf(work) {
  try {
    const { encrypt } = await work();
    if (encrypt.items[0].error) return encrypt.items[0].error.code;
  } catch (error) {
    if (/** @type {any} */ (error).kind === 'wrong-state') return /** @type {any} */ (error).code;
    throw error;
  }
  throw new Error('a deactivated key has encrypted');
}

/** @param {readonly any[]} items @param {string} member @returns {string[]} */
function valuesOf(items, member) {
  for (const { error } of items) if (error) throw new Error(error.message);
  return items.map((item) => item[member]);
}

/** Binds each part to the file and its place in it, so that parts cannot be swapped. @param {number} at */
function aadOf(at) {
  return base64(Buffer.from(`${statementFile}#${at}`));
}

/** @param {Buffer} file */
function chunksOf(file) {
  return Array.from({ length: Math.ceil(file.length / chunkBytes) }, (_, at) => file.subarray(at * chunkBytes, (at + 1) * chunkBytes));
}

/** @param {Uint8Array} bytes */
const base64 = (bytes) => Buffer.from(bytes).toString('base64');

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
