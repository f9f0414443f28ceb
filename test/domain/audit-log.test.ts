import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  appendLeaf,
  consistencyProof,
  emptyFrontier,
  emptyRoot,
  frontierOf,
  frontierRoot,
  inclusionProof,
  leafHash,
  leafHashOfBytes,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../src/domain/audit-log.js';
import { logOf } from './merkle-model.js';

/** The tree of certificate-transparency's merkle tests. */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
  leafHashOfBytes(hexToBytes(hex)),
);
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => bytesToHex(hash));

describe('the certificate-transparency test tree', () => {
  test('empty root', () => {
    expect(bytesToHex(emptyRoot)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test.each(roots.map((root, position) => [position + 1, root] as const))('root of %d leaves', async (size, root) => {
    const log = logOf(leaves);
    expect(bytesToHex(await treeRoot(size, log.lookup))).toBe(root);
  });

  test.each([
    [0, 1, []],
    [
      0,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      5,
      8,
      [
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
    [
      1,
      5,
      [
        '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('inclusion of leaf %d in %d', async (index, size, proof) => {
    expect(hex(await inclusionProof(index, size, logOf(leaves).lookup))).toEqual(proof);
  });

  test.each([
    [1, 1, []],
    [
      1,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      6,
      8,
      [
        '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [
      2,
      5,
      [
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('consistency of %d and %d', async (first, second, proof) => {
    expect(hex(await consistencyProof(first, second, logOf(leaves).lookup))).toEqual(proof);
  });
});

const sizes = fc.integer({ min: 1, max: 150 });
const made = (size: number) => logOf(Array.from({ length: size }, (_, index) => leafHash(`{"n":${index}}`)));

describe('laws of the tree', () => {
  test('the frontier has the root of the whole tree, and can be read back from the nodes', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        const log = made(size);
        expect(frontierRoot(log.frontier)).toEqual(await treeRoot(size, log.lookup));
        expect(await frontierOf(size, log.lookup)).toEqual(log.frontier);
      }),
    );
  });

  test('every event is included, at its own index only', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, anyIndex, anyOther) => {
        const log = made(size);
        const index = anyIndex % size;
        const other = anyOther % size;
        const proof = await inclusionProof(index, size, log.lookup);
        const root = frontierRoot(log.frontier);
        const leaf = leafHash(`{"n":${index}}`);
        expect(verifyInclusion({ leafHash: leaf, index, size, proof, root })).toBe(true);
        if (other !== index) expect(verifyInclusion({ leafHash: leaf, index: other, size, proof, root })).toBe(false);
        expect(verifyInclusion({ leafHash: leafHash('{}'), index, size, proof, root })).toBe(false);
        expect(verifyInclusion({ leafHash: leaf, index, size, proof: [...proof, root], root })).toBe(false);
      }),
    );
  });

  test('every prefix is consistent, and no altered one', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (second, anyFirst, anyStep) => {
        const log = made(second);
        const first = anyFirst % (second + 1);
        const claim = {
          first,
          second,
          firstRoot: await treeRoot(first, log.lookup),
          secondRoot: frontierRoot(log.frontier),
          proof: await consistencyProof(first, second, log.lookup),
        };
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, firstRoot: leafHash('x') })).toBe(false);
        if (first > 0) expect(verifyConsistency({ ...claim, secondRoot: leafHash('x') })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...claim.proof, leafHash('x')] })).toBe(false);
        if (claim.proof.length > 0) {
          const step = anyStep % claim.proof.length;
          expect(verifyConsistency({ ...claim, proof: claim.proof.with(step, leafHash('x')) })).toBe(false);
        }
      }),
    );
  });

  test('sizes and indexes outside the log are refused', async () => {
    const { lookup } = made(5);
    const refused = expect.objectContaining({ code: 'AUDIT_EVENT_NOT_FOUND' });
    await expect(inclusionProof(5, 5, lookup)).rejects.toEqual(refused);
    await expect(inclusionProof(0, 6, lookup)).rejects.toEqual(refused);
    await expect(inclusionProof(-1, 5, lookup)).rejects.toEqual(refused);
    await expect(inclusionProof(0.5, 5, lookup)).rejects.toEqual(refused);
    await expect(consistencyProof(4, 3, lookup)).rejects.toEqual(refused);
    await expect(treeRoot(6, lookup)).rejects.toEqual(refused);
  });

  test('appending never changes the frontier it starts from', () => {
    const before = appendLeaf(emptyFrontier, leafHash('a')).frontier;
    appendLeaf(before, leafHash('b'));
    expect(before.size).toBe(1);
    expect(before.nodes).toHaveLength(1);
  });
});
