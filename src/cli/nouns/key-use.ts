/** Verbs that use a key: one row each. */
import { mechanisms } from '../../domain/algorithms.js';
import { toBase64 } from '../../domain/base64.js';
import { send } from '../calls.js';
import { CliFailure, type Refusal, refusalFailure } from '../failure.js';
import { idOf } from '../lookup.js';
import {
  armoured,
  base64Bytes,
  fileNamedBy,
  namesSource,
  sinkOptions,
  sourceOf,
  sourceOptions,
  unarmoured,
  writePrivateFile,
} from '../streams.js';
import { argument, column, type Given, mutation, option, type Parameter, type Report, type Session, type Verb } from '../verb.js';

type Item = Readonly<Record<string, unknown>>;

interface KeyUse {
  readonly name: string;
  readonly summary: string;
  readonly field: string;
  readonly inputType: string;
  /** Fields of an item's result. */
  readonly answers: string;
  readonly parameters?: readonly Parameter[];
  /** Member of the item that the data goes to; in `armoured` form it may be base64 text or bytes. */
  readonly data: { readonly name: string; readonly armoured: boolean; readonly optional?: boolean };
  /** Options that become members of the item. */
  readonly itemOptions?: Readonly<Record<string, (session: Session, given: Given) => string | undefined>>;
  /** Options that become members of the input. */
  readonly inputOptions?: Readonly<Record<string, string>>;
  readonly result: ResultForm;
}

/** What a person gets: the bytes of a member, a line of base64 of it, several members, or a verdict. */
type ResultForm = { readonly form: 'BYTES' | 'ARMOUR'; readonly member: string } | MembersForm | { readonly form: 'VERDICT' };

interface MembersForm {
  readonly form: 'MEMBERS';
  readonly members: readonly string[];
}

const aad = option('aad', 'Additional authenticated data, as text; the same is needed again.', { placeholder: 'text' });
const mechanism = option('mechanism', 'How to sign; the usual one for the key if not given.', { choices: mechanisms });
const signature = option('signature', 'The signature, in base64 or as @file.', { required: true, placeholder: 'base64|@file' });
const mac = option('mac', 'The MAC, in base64 or as @file.', { required: true, placeholder: 'base64|@file' });
const version = option('key-version', 'Version of the key; the current one if not given.', { form: 'number', placeholder: 'n' });
const withAad = {
  aad: (_session: Session, given: Given) => (given.aad === undefined ? undefined : toBase64(Buffer.from(String(given.aad)))),
};
const proofFrom = (name: string) => (_session: Session, given: Given) => proofOf(String(given[name]), `--${name}`);

const rows: readonly KeyUse[] = [
  {
    name: 'encrypt',
    summary: 'Encrypts data; the ciphertext is a line of base64, or bytes with --raw.',
    field: 'encrypt',
    inputType: 'EncryptInput!',
    answers: 'ciphertext',
    parameters: [aad],
    data: { name: 'plaintext', armoured: false },
    itemOptions: withAad,
    result: { form: 'ARMOUR', member: 'ciphertext' },
  },
  {
    name: 'decrypt',
    summary: 'Decrypts a ciphertext, in base64 or as bytes.',
    field: 'decrypt',
    inputType: 'DecryptInput!',
    answers: 'plaintext keyVersion',
    parameters: [aad],
    data: { name: 'ciphertext', armoured: true },
    itemOptions: withAad,
    result: { form: 'BYTES', member: 'plaintext' },
  },
  {
    name: 'wrap',
    summary: 'Wraps a data key; without one given, a new one of 32 bytes is made and shown along with its wrapping.',
    field: 'wrapKey',
    inputType: 'WrapKeyInput!',
    answers: 'plaintext ciphertext',
    parameters: [aad],
    data: { name: 'plaintext', armoured: false, optional: true },
    itemOptions: withAad,
    result: { form: 'MEMBERS', members: ['plaintext', 'ciphertext'] },
  },
  {
    name: 'unwrap',
    summary: 'Unwraps a data key.',
    field: 'unwrapKey',
    inputType: 'UnwrapKeyInput!',
    answers: 'plaintext keyVersion rewrapped',
    parameters: [aad],
    data: { name: 'ciphertext', armoured: true },
    itemOptions: withAad,
    result: { form: 'BYTES', member: 'plaintext' },
  },
  {
    name: 'rewrap',
    summary: 'Brings a ciphertext to the current version of the key; the plaintext stays in the HSM.',
    field: 'rewrapKey',
    inputType: 'RewrapKeyInput!',
    answers: 'ciphertext keyVersion previousVersion',
    parameters: [aad],
    data: { name: 'ciphertext', armoured: true },
    itemOptions: withAad,
    result: { form: 'ARMOUR', member: 'ciphertext' },
  },
  {
    name: 'sign',
    summary: 'Signs data; the signature is a line of base64, or bytes with --raw.',
    field: 'sign',
    inputType: 'SignInput!',
    answers: 'signature',
    parameters: [mechanism],
    data: { name: 'data', armoured: false },
    inputOptions: { mechanism: 'mechanism' },
    result: { form: 'ARMOUR', member: 'signature' },
  },
  {
    name: 'verify',
    summary: 'Verifies a signature; exit code 8 says that it does not verify.',
    field: 'verify',
    inputType: 'VerifyInput!',
    answers: 'valid',
    parameters: [signature, mechanism, version],
    data: { name: 'data', armoured: false },
    itemOptions: { signature: proofFrom('signature') },
    inputOptions: { mechanism: 'mechanism', version: 'key-version' },
    result: { form: 'VERDICT' },
  },
  {
    name: 'mac',
    summary: 'Makes a MAC; it is a line of base64, or bytes with --raw.',
    field: 'generateMac',
    inputType: 'GenerateMacInput!',
    answers: 'mac',
    parameters: [mechanism],
    data: { name: 'data', armoured: false },
    inputOptions: { mechanism: 'mechanism' },
    result: { form: 'ARMOUR', member: 'mac' },
  },
  {
    name: 'verify-mac',
    summary: 'Verifies a MAC; exit code 8 says that it does not verify.',
    field: 'verifyMac',
    inputType: 'VerifyMacInput!',
    answers: 'valid',
    parameters: [mac, mechanism, version],
    data: { name: 'data', armoured: false },
    itemOptions: { mac: proofFrom('mac') },
    inputOptions: { mechanism: 'mechanism', version: 'key-version' },
    result: { form: 'VERDICT' },
  },
];

const raw = option('raw', 'Write bytes instead of base64.', { form: 'flag' });

function keyUseVerb(row: KeyUse): Verb {
  const sinks = row.result.form === 'VERDICT' ? [] : row.result.form === 'ARMOUR' ? [...sinkOptions, raw] : sinkOptions;
  const operation = mutation(row.field, { input: row.inputType }, `items { ${row.answers} error { code kind message details } }`);
  return {
    name: row.name,
    summary: row.summary,
    parameters: [argument('key', 'Id of the key, or vault/label.', {}), ...sourceOptions, ...(row.parameters ?? []), ...sinks],
    operations: [operation],
    run: async (session, given, show) => {
      const keyId = await idOf(session, 'key', String(given.key));
      const input = { keyId, ...picked(given, row.inputOptions ?? {}), items: [await itemOf(session, given, row)] };
      const answer = (await send(session, operation, { input })) as { readonly items: readonly [Item] };
      const [{ error, ...item }] = answer.items;
      if (error) throwItemError(error as Refusal & { message: string });
      deliver(row.result, item, given, show);
    },
  };
}

async function itemOf(session: Session, given: Given, { data, itemOptions = {} }: KeyUse): Promise<Item> {
  const options = Object.entries(itemOptions).map(([name, value]) => [name, value(session, given)] as const);
  const item = Object.fromEntries(options.filter(([, value]) => value !== undefined));
  if (data.optional && !namesSource(given)) return item;
  const bytes = await sourceOf(session.io, given);
  return { ...item, [data.name]: toBase64(data.armoured ? unarmoured(bytes) : bytes) };
}

/** Members of the input, from the options that say them. */
function picked(given: Given, options: Readonly<Record<string, string>>): Item {
  const members = Object.entries(options).map(([member, name]) => [member, given[name]] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function throwItemError({ message, ...refusal }: Refusal & { readonly message: string }): never {
  throw refusalFailure(message, refusal);
}

function deliver(result: ResultForm, item: Item, given: Given, show: (report: Report) => void): void {
  if (result.form === 'VERDICT') deliverVerdict(item, show);
  else if (given.out === undefined) show(reportOf(result, item, given));
  else writePrivateFile(String(given.out), result.form === 'MEMBERS' ? `${JSON.stringify(item)}\n` : dataOf(result, item, given));
}

type DataForm = Extract<ResultForm, { readonly member: string }>;

function reportOf(result: DataForm | MembersForm, item: Item, given: Given): Report {
  if (result.form !== 'MEMBERS') return { shape: 'PLAIN', data: dataOf(result, item, given), json: item };
  return { shape: 'RECORD', row: item, columns: result.members.map((member) => column(member, member)), json: item };
}

function dataOf({ form, member }: DataForm, item: Item, given: Given): string | Uint8Array {
  const bytes = base64Bytes(String(item[member]), 'The answer');
  return form === 'ARMOUR' && given.raw !== true ? armoured(bytes) : bytes;
}

function deliverVerdict({ valid }: Item, show: (report: Report) => void): void {
  show({ shape: 'PLAIN', data: valid === true ? 'valid\n' : 'not valid\n', json: { valid } });
  if (valid !== true) throw new CliFailure('NOT_VERIFIED', 'It does not verify.');
}

function proofOf(text: string, place: string): string {
  const content = fileNamedBy(text);
  return toBase64(content ? unarmoured(content) : base64Bytes(text, place));
}

const randomOperation = mutation('generateRandom', { input: 'GenerateRandomInput!' }, 'items');

const random: Verb = {
  name: 'random',
  summary: 'Random bytes from the HSM, as lines of base64 or as bytes with --raw.',
  parameters: [
    option('length', 'Bytes in each; 32 if not given.', { form: 'number', placeholder: 'n' }),
    option('count', 'How many; 1 if not given.', { form: 'number', placeholder: 'n' }),
    ...sinkOptions,
    raw,
  ],
  operations: [randomOperation],
  run: async (session, given, show) => {
    const input = { length: given.length ?? 32, count: given.count ?? 1 };
    const { items: values } = (await send(session, randomOperation, { input })) as { readonly items: readonly string[] };
    const bytes = values.map((value) => base64Bytes(value, 'The answer'));
    const data = given.raw === true ? Buffer.concat(bytes) : bytes.map(armoured).join('');
    if (given.out === undefined) return show({ shape: 'PLAIN', data, json: values });
    writePrivateFile(String(given.out), data);
  },
};

/** Encrypting, signing and the like with a managed key. */
export const keyUseVerbs: readonly Verb[] = [...rows.map(keyUseVerb), random];
