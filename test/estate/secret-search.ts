/** Looks for known secrets in files and memory, in every form that software writes bytes in. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A secret whose bytes are known, 12 or more of them. */
export interface KnownSecret {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Hit {
  readonly secret: string;
  readonly form: string;
  readonly place: string;
  readonly offset: number;
}

type Form = (bytes: Buffer) => string | Buffer;

/** Text or bytes that stand for the bytes. Base64 is looked for in its three alignments by `base64At`. */
const forms: Readonly<Record<string, Form>> = {
  raw: (bytes) => bytes,
  // Big integers lie in memory with their least byte first.
  reversed: (bytes) => Buffer.from(bytes).reverse(),
  hex: (bytes) => bytes.toString('hex'),
  HEX: (bytes) => bytes.toString('hex').toUpperCase(),
  'hex with colons': (bytes) => pairs(bytes).join(':'),
  'HEX with colons': (bytes) => pairs(bytes).join(':').toUpperCase(),
  'hex with spaces': (bytes) => pairs(bytes).join(' '),
  'hex reversed': (bytes) => Buffer.from(bytes).reverse().toString('hex'),
  'decimal list': (bytes) => [...bytes].join(','),
  'decimal list with spaces': (bytes) => [...bytes].join(', '),
  'decimal object': (bytes) => [...bytes].map((byte, index) => `"${index}":${byte}`).join(','),
  percent: (bytes) =>
    pairs(bytes)
      .map((pair) => `%${pair}`)
      .join(''),
  escaped: (bytes) =>
    pairs(bytes)
      .map((pair) => `\\x${pair}`)
      .join(''),
  'base64, aligned': (bytes) => base64At(bytes, 0),
  'base64, one off': (bytes) => base64At(bytes, 1),
  'base64, two off': (bytes) => base64At(bytes, 2),
  'base64url, aligned': (bytes) => urlSafe(base64At(bytes, 0)),
  'base64url, one off': (bytes) => urlSafe(base64At(bytes, 1)),
  'base64url, two off': (bytes) => urlSafe(base64At(bytes, 2)),
};
const wide: Readonly<Record<string, Form>> = Object.fromEntries(
  Object.entries(forms)
    .filter(([name]) => name !== 'raw' && name !== 'reversed')
    .map(([name, form]) => [`${name}, UTF-16`, (bytes: Buffer) => Buffer.from(String(form(bytes)), 'utf16le')]),
);

/** Every form that is looked for. */
export const secretForms: Readonly<Record<string, Form>> = { ...forms, ...wide };

/** A part of a secret is as bad as the whole: its beginning and its end are looked for by themselves. */
const partBytes = 16;
const chunkBytes = 8 * 1024 * 1024;
const prefixBytes = 4;
const pageBytes = 4096;
const emptyPage = Buffer.alloc(pageBytes);

export interface SecretSearch {
  inBytes(place: string, bytes: Uint8Array): Hit[];
  /** Reads a file of any size in pieces. */
  inFile(path: string): Hit[];
  /** All files of a folder and of those within it, but for these names. */
  inFolder(path: string, except?: readonly string[]): Hit[];
}

export function searchFor(secrets: readonly KnownSecret[]): SecretSearch {
  const needles = secrets.flatMap(needlesOf);
  const byPrefix = new Map<number, Needle[]>();
  // Small enough to stay in the processor's cache: the search reads gigabytes.
  const begins = new Uint8Array(1 << 16);
  for (const needle of needles) {
    const prefix = needle.bytes.readUInt32BE(0);
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), needle]);
    begins[prefix >>> 16] = 1;
  }
  const longest = Math.max(...needles.map(({ bytes }) => bytes.length));

  const hitsAt = (place: string, bytes: Buffer, at: number, base: number): Hit[] =>
    (byPrefix.get(bytes.readUInt32BE(at)) ?? [])
      .filter((needle) => bytes.subarray(at, at + needle.bytes.length).equals(needle.bytes))
      .map(({ secret, form }) => ({ secret, form, place, offset: base + at }));
  const scan = (place: string, bytes: Buffer, base: number): Hit[] => {
    const hits: Hit[] = [];
    const last = bytes.length - prefixBytes;
    for (let page = 0; page <= last; page += pageBytes) {
      // Most of a process's memory is nothing. What begins in front of such a page is found from its own.
      if (bytes.length - page >= pageBytes && emptyPage.equals(bytes.subarray(page, page + pageBytes))) continue;
      const end = Math.min(page + pageBytes - 1, last);
      let two = bytes[page] as number;
      for (let at = page; at <= end; at += 1) {
        two = ((two << 8) | (bytes[at + 1] as number)) & 0xffff;
        if (begins[two] === 1) hits.push(...hitsAt(place, bytes, at, base));
      }
    }
    return hits;
  };
  const inFile = (path: string): Hit[] => {
    const file = openSync(path, 'r');
    const hits: Hit[] = [];
    const buffer = Buffer.alloc(chunkBytes + longest);
    try {
      for (let base = 0, kept = 0; ; ) {
        const length = readSync(file, buffer, kept, chunkBytes, base + kept);
        if (length === 0) return hits;
        const filled = buffer.subarray(0, kept + length);
        hits.push(...scan(path, filled, base));
        kept = Math.min(longest - 1, filled.length);
        base += filled.length - kept;
        filled.copyWithin(0, filled.length - kept);
      }
    } finally {
      closeSync(file);
    }
  };
  return {
    inBytes: (place, bytes) => scan(place, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0),
    inFile,
    inFolder: (path, except = []) =>
      readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((name) => !except.includes(name) && statSync(join(path, name)).isFile())
        .flatMap((name) => inFile(join(path, name))),
  };
}

interface Needle {
  readonly secret: string;
  readonly form: string;
  readonly bytes: Buffer;
}

function needlesOf({ name, bytes }: KnownSecret): Needle[] {
  if (bytes.length < 12) throw new RangeError(`${name} is too short to be looked for`);
  const parts = bytes.length <= partBytes ? [bytes] : [bytes.subarray(0, partBytes), bytes.subarray(bytes.length - partBytes)];
  return parts.flatMap((part) =>
    Object.entries(secretForms).map(([form, write]) => ({ secret: name, form, bytes: Buffer.from(write(Buffer.from(part))) })),
  );
}

function pairs(bytes: Buffer): string[] {
  return bytes.toString('hex').match(/../g) ?? [];
}

/** The characters that only these bytes decide, when so many others stand before them. */
function base64At(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const first = Math.ceil((before * 8) / 6);
  const last = Math.floor(((before + bytes.length) * 8) / 6);
  return text.slice(first, last);
}

function urlSafe(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
