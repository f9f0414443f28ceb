import { ed25519 } from '@noble/curves/ed25519.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyRoot } from '../../src/domain/audit-log.js';
import { fromBase64, toBase64 } from '../../src/domain/base64.js';
import {
  checkpointBody,
  checkpointOrigin,
  openCheckpoint,
  openNote,
  parseCheckpointBody,
  parseVerifierKey,
  rawEd25519Key,
  signedNote,
  verifierKey,
} from '../../src/domain/checkpoint.js';

const invalid = expect.objectContaining({ code: 'CHECKPOINT_INVALID' });
const secret = new Uint8Array(32).fill(7);
const origin = checkpointOrigin('11111111-2222-4333-8444-555555555555');
const key = { name: origin, publicKey: ed25519.getPublicKey(secret) };
const sign = (text: string) => signedNote(text, key, ed25519.sign(utf8ToBytes(text), secret));

describe('signed notes', () => {
  /** The example key and note of golang.org/x/mod/sumdb/note. */
  const peter = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  const note =
    'If you think cryptography is the answer to your problem,\n' +
    "then you don't know what your problem is.\n" +
    '\n' +
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

  test("Go's example verifies and its key prints as it was read", () => {
    expect(openNote(note, peter)).toBe(
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    );
    expect(verifierKey(peter)).toBe('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  });

  test.each([
    ['text altered', note.replace('answer', 'ANSWER')],
    ['signature altered', note.replace('x08go/Z', 'x08go/Y')],
    ['another signer', note.replace('— PeterNeumann', '— EnochRoot')],
    ['no signature', 'text\n\n'],
    ['no blank line', 'text\n'],
    ['a line that is no signature', `${note}junk\n`],
    ['no line feed at the end', note.slice(0, -1)],
    ['empty', ''],
  ])('%s: refused', (_, altered) => {
    expect(() => openNote(altered, peter)).toThrow(invalid);
  });

  test('signatures of other keys stand beside ours', () => {
    const both = `${sign('text\n')}— witness ${toBase64(new Uint8Array(68))}\n`;
    expect(openNote(both, key)).toBe('text\n');
  });
});

describe('checkpoints', () => {
  test('body is origin, size and root', () => {
    expect(checkpointBody({ origin: 'example.com/log', size: 0, root: emptyRoot })).toBe(
      'example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
    );
  });

  test('what was signed is read back', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
        const checkpoint = { origin, size, root };
        expect(openCheckpoint(sign(checkpointBody(checkpoint)), key)).toEqual(checkpoint);
      }),
      { numRuns: 20 },
    );
  });

  test('a checkpoint of another log is refused', () => {
    expect(() => openCheckpoint(sign(checkpointBody({ origin: 'other', size: 1, root: emptyRoot })), key)).toThrow(invalid);
  });

  test.each([
    '',
    'o\n1\n',
    'o\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
    'o\n1\n47DE\n',
    'o\n9007199254740993\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
  ])('body %j is refused', (text) => expect(() => parseCheckpointBody(text)).toThrow(invalid));

  test.each(['', 'name', 'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'])('verifier key %j is refused', (text) => {
    expect(() => parseVerifierKey(text)).toThrow(invalid);
  });

  test('the raw key is taken from a SubjectPublicKeyInfo of Ed25519 only', () => {
    const spki = fromBase64('MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=');
    expect(rawEd25519Key(spki)).toHaveLength(32);
    expect(() => rawEd25519Key(spki.slice(1))).toThrow(invalid);
  });
});

test('base64 is strict and loses nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }),
  );
  for (const text of ['A', 'AA', 'AB==', 'AA= =', 'A-__']) expect(() => fromBase64(text)).toThrow();
});
