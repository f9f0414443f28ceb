/**
 * Proof of the audit log without trusting the server: RFC 9162 hashes and a C2SP signed checkpoint, with nothing but
 * node:crypto. (`kyok audit export` and `kyok audit verify` do the same for auditors.)
 */
import { createHash, createPublicKey, verify } from 'node:crypto';

/** @param {...Uint8Array} parts */
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** @param {any} value @returns {string} RFC 8785 */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
    .join(',')}}`;
}

/** The hash of an event as a leaf of the log's tree. @param {object} event */
export function leafOf(event) {
  return sha256(leafPrefix, Buffer.from(canonical(event), 'utf8'));
}

/** The root of a tree over these leaves. @param {readonly Buffer[]} leaves @returns {Buffer} */
export function rootOf(leaves) {
  if (leaves.length === 0) return sha256();
  const [only] = leaves;
  if (leaves.length === 1 && only) return only;
  const middle = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return sha256(nodePrefix, rootOf(leaves.slice(0, middle)), rootOf(leaves.slice(middle)));
}

/**
 * Whether the proof leads from the leaf to the root (RFC 9162 section 2.1.3.2).
 * @param {{ leaf: Buffer, index: number, size: number, proof: readonly Buffer[], root: Buffer }} claim
 */
export function isIncluded({ leaf, index, size, proof, root }) {
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = sha256(nodePrefix, sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = sha256(nodePrefix, hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && hash.equals(root);
}

/**
 * Size and root that the log's key has signed; throws when the signature does not verify.
 * @param {string} note
 * @param {string} verifierKey `name+hash+base64(0x01 || Ed25519 public key)`
 */
export function openCheckpoint(note, verifierKey) {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const signature = Buffer.from(note.slice(end).trim().split(' ').at(-1) ?? '', 'base64').subarray(4);
  const raw = Buffer.from(verifierKey.split('+').slice(2).join('+'), 'base64').subarray(1);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const isSigned = verify(null, Buffer.from(text), createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
  if (!isSigned) throw new Error('the checkpoint is not signed by the key of the log');
  const [, size, root] = text.split('\n');
  return { size: Number(size), root: Buffer.from(root ?? '', 'base64') };
}
