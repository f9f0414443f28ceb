/** `kyok key import`: clear material is wrapped on this machine to a one-time key of the HSM, and never leaves it in clear. */
import { createCipheriv, createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromBase64, toBase64 } from '../../domain/base64.js';
import { send } from '../calls.js';
import type { Variables } from '../client.js';
import { usageFailure } from '../failure.js';
import { oaep } from '../oaep.js';
import { variablesOf } from '../variables.js';
import { argument, column, type Given, mutation, option, type Parameter, type Verb } from '../verb.js';

const importMechanisms = ['RSA_OAEP_SHA256', 'RSA_AES_KWP_SHA256'] as const;
type ImportMechanism = (typeof importMechanisms)[number];

const start = mutation(
  'createManagedKeyImport',
  { input: 'CreateManagedKeyImportInput!', clientToken: 'String' },
  'managedKey { id label } importKey { id publicKey expiresAt }',
);
const finish = mutation('importManagedKey', { input: 'ImportManagedKeyInput!' }, 'id revision label state algorithm size version');

interface Started {
  readonly managedKey: { readonly id: string; readonly label: string };
  readonly importKey: { readonly id: string; readonly publicKey: string; readonly expiresAt: string };
}

const encodings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  RAW: (bytes) => bytes,
  HEX: (bytes) => Buffer.from(bytes.toString('latin1').replace(/\s/g, ''), 'hex'),
  BASE64: (bytes) => Buffer.from(fromBase64(bytes.toString('latin1').replace(/\s/g, ''))),
};

/** The verb; a new key's options and their meaning are the same as those of `create`. */
export function importKeyVerb(creation: readonly Parameter[], completed: (variables: Variables, given: Given) => Variables): Verb {
  const target = option('key', 'A key that gets the material as its next version, instead of a new key.', {
    refers: 'key',
    at: 'input.managedKeyId',
  });
  const parameters = [
    argument('file', 'Clear material: raw bytes, hex or base64 of a secret, or a private key in PEM.'),
    option('encoding', 'Form of the file; RAW if not given, PEM is recognised.', { choices: Object.keys(encodings) }),
    option('mechanism', 'How it is wrapped; chosen by size if not given.', { choices: importMechanisms }),
    target,
    ...creation.map((parameter) => ({ ...parameter, required: false })),
    option('client-token', 'Repeating the command with the same token gives the first result.', {
      at: 'clientToken',
      placeholder: 'token',
    }),
  ];
  return {
    name: 'import',
    summary: 'Imports key material from a file; it is wrapped here and never sent in clear.',
    parameters,
    operations: [start, finish],
    run: async (session, given, show) => {
      const material = materialOf(String(given.file), String(given.encoding ?? 'RAW'));
      try {
        const placed = completed(await variablesOf(session, parameters, given), given);
        const { managedKey, importKey } = (await send(session, start, placed)) as Started;
        session.say(`${managedKey.label} (${managedKey.id}) waits for its material until ${importKey.expiresAt}.`);
        const publicKey = createPublicKey({ key: Buffer.from(fromBase64(importKey.publicKey)), format: 'der', type: 'spki' });
        const mechanism = (given.mechanism as ImportMechanism | undefined) ?? fitting(material, publicKey);
        const wrappedMaterial = toBase64(wrappers[mechanism](material, publicKey));
        const answer = await send(session, finish, { input: { importKeyId: importKey.id, mechanism, wrappedMaterial } });
        show({ shape: 'RECORD', row: answer as Record<string, unknown>, columns, json: answer });
      } finally {
        material.fill(0);
      }
    },
  };
}

const columns = [
  column('Label', 'label'),
  column('Id', 'id'),
  column('State', 'state'),
  column('Algorithm', 'algorithm'),
  column('Size', 'size'),
  column('Version', 'version'),
];

function materialOf(path: string, encoding: string): Buffer {
  const bytes = readFileSync(path);
  const decode = encodings[encoding] ?? encodings.RAW;
  const material = bytes.includes('-----BEGIN') ? privateKeyOf(bytes) : decode?.(bytes);
  if (!material || material.length === 0) throw usageFailure(`${path} holds no key material in this encoding.`);
  return material;
}

function privateKeyOf(pem: Buffer): Buffer {
  try {
    return createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  } catch {
    throw usageFailure('The PEM file holds no private key that can be read (one with a passphrase must be decrypted first).');
  }
}

function fitting(material: Uint8Array, publicKey: KeyObject): ImportMechanism {
  const largest = (publicKey.asymmetricKeyDetails?.modulusLength ?? 2048) / 8 - 66;
  return material.length <= Math.min(largest, 64) ? 'RSA_OAEP_SHA256' : 'RSA_AES_KWP_SHA256';
}

const wrappers: Readonly<Record<ImportMechanism, (material: Uint8Array, publicKey: KeyObject) => Uint8Array>> = {
  RSA_OAEP_SHA256: oaep,
  /** RSA-OAEP of a one-time AES-256 key, then the material under it by RFC 5649. */
  RSA_AES_KWP_SHA256: (material, publicKey) => {
    const oneTimeKey = randomBytes(32);
    const cipher = createCipheriv('id-aes256-wrap-pad', oneTimeKey, Buffer.from('a65959a6', 'hex'));
    const wrapped = Buffer.concat([oaep(oneTimeKey, publicKey), cipher.update(material), cipher.final()]);
    oneTimeKey.fill(0);
    return wrapped;
  },
};
