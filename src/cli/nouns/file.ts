/** Verbs that encrypt and decrypt files of any size, in constant memory. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { boundedHeader } from '../../domain/age-header.js';
import { writeWholeFile } from '../../files/whole-file.js';
import { asFailure, CliFailure, usageFailure } from '../failure.js';
import { managedKeyIdentity, managedKeyRecipient, unwrapFileKey, wrapFileKey } from '../files/managed-key-stanza.js';
import { idOf } from '../lookup.js';
import { argument, type Given, option, type Parameter, type Session, type Verb } from '../verb.js';

const suffix = '.age';
const standardStream = '-';

const encryptFile: Verb = {
  name: 'encrypt',
  summary: 'Encrypts a file of any size under a managed key; the result is an age file (docs/file-format.md).',
  parameters: [
    argument('file', 'File to encrypt, or "-" for standard input.'),
    option('key', 'Id of the managed key, or vault/label.', { required: true, placeholder: 'key' }),
    ...sinkOptions(`File to write, or "-" for standard output; FILE${suffix} if not given.`),
  ],
  operations: [wrapFileKey],
  run: async (session, given) => {
    const { Encrypter } = await import('age-encryption');
    const source = String(given.file);
    const sink = sinkOf(given, () => `${source}${suffix}`);
    const encrypter = new Encrypter();
    encrypter.addRecipient(managedKeyRecipient(session, await idOf(session, 'key', String(given.key))));
    await transfer(session, given, sink, () => encrypter.encrypt(readable(session, source)));
  },
};

const decryptFile: Verb = {
  name: 'decrypt',
  summary: 'Decrypts a file that "encrypt" made; the file names its key.',
  parameters: [
    argument('file', 'File to decrypt, or "-" for standard input.'),
    ...sinkOptions(`File to write, or "-" for standard output; FILE without ${suffix} if not given.`),
  ],
  operations: [unwrapFileKey],
  run: async (session, given) => {
    const { Decrypter } = await import('age-encryption');
    const source = String(given.file);
    const sink = sinkOf(given, () => withoutSuffix(source));
    const decrypter = new Decrypter();
    decrypter.addIdentity(managedKeyIdentity(session));
    await transfer(session, given, sink, async () => {
      const { chunks, ended } = boundedHeader(readable(session, source));
      const content = await decrypter.decrypt(ReadableStream.from(chunks));
      ended();
      return content;
    });
  },
};

/** Encrypting and decrypting files. */
export const fileVerbs: readonly Verb[] = [encryptFile, decryptFile];

function sinkOptions(summary: string): readonly Parameter[] {
  return [
    option('out', summary, { placeholder: 'file' }),
    option('replace', 'Replace the file to write when it is there.', { form: 'flag' }),
  ];
}

function sinkOf(given: Given, byDefault: () => string): string {
  if (given.out !== undefined) return String(given.out);
  return given.file === standardStream ? standardStream : byDefault();
}

function withoutSuffix(source: string): string {
  if (source.endsWith(suffix) && source.length > suffix.length) return source.slice(0, -suffix.length);
  throw usageFailure(`${source} does not end in ${suffix}: name the file to write with --out.`);
}

function readable({ io }: Session, source: string): ReadableStream<Uint8Array> {
  if (source === standardStream) return ReadableStream.from(bytesOf(io.stdin));
  if (!statSync(source).isFile()) throw usageFailure(`${source}: it is not a file; "-" reads standard input.`);
  return ReadableStream.from<Uint8Array>(createReadStream(source, { highWaterMark: 1 << 20 }));
}

async function* bytesOf(stream: AsyncIterable<Uint8Array | string>): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** Brings what `start` gives to the sink; a damaged file leaves no file behind. */
async function transfer(session: Session, given: Given, sink: string, start: () => Promise<AsyncIterable<Uint8Array>>): Promise<void> {
  if (sink !== standardStream && given.replace !== true && existsSync(sink))
    throw usageFailure(`${sink}: the file exists already; --replace replaces it.`);
  try {
    const chunks = await start();
    await session.progress.during(String(given.file), async (note) => {
      if (sink !== standardStream) return await writeWholeFile(sink, noted(chunks, note));
      for await (const chunk of chunks) session.io.out(chunk);
    });
  } catch (error) {
    throw fileFailure(error, String(given.file), sink);
  }
  if (sink !== standardStream) session.say(`${sink} is written.`);
}

async function* noted(chunks: AsyncIterable<Uint8Array>, note: (text: string) => void): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    note(`${Math.round(bytes / 1_000_000)} MB`);
    yield chunk;
  }
}

/** The server's and the file system's words as they are; whatever else age finds wrong is the file's own fault. */
function fileFailure(error: unknown, source: string, sink: string): CliFailure {
  const failure = asFailure(error);
  if (failure.exit !== 'INTERNAL' || failure.refusal.code) return failure;
  const consequence = sink === standardStream ? 'do not use what was written so far' : 'nothing was written';
  return new CliFailure('NOT_VERIFIED', `${source} is damaged, cut off or no age file: ${consequence}.`);
}
