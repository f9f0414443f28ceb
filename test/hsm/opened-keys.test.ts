import { describe, expect, test } from 'vitest';
import { sealBlob } from '../../src/hsm/soft/key-blob.js';
import { openedKeys } from '../../src/hsm/soft/opened-keys.js';
import { masterKeyRegisters } from '../../src/hsm/soft/registers.js';

function refs(count: number) {
  const registers = masterKeyRegisters();
  registers.makeRandom();
  const all = Array.from({ length: count }, (_, i) => {
    const context = { keyId: `key-${i}`, version: 1, vaultId: null };
    const attributes = { usages: ['ENCRYPT'], extractable: false } as const;
    const content = { spec: { algorithm: 'AES', size: '256' }, attributes, isLocal: true, material: new Uint8Array(32).fill(i) } as const;
    return { blob: sealBlob(registers.current(), content, context), context };
  });
  return { registers, all };
}

describe('opened keys', () => {
  test('stay open, up to the limit', () => {
    const { registers, all } = refs(3);
    const [a, b, c] = all;
    if (!a || !b || !c) throw new Error('three');
    const opened = openedKeys(registers, 2);
    const first = opened.open(a);
    expect(opened.open(a)).toBe(first);
    opened.open(b);
    opened.open(c);
    expect(opened.open(a)).not.toBe(first);
  });

  test('S5: leave when they are forgotten, others stay', () => {
    const { registers, all } = refs(2);
    const [a, b] = all;
    if (!a || !b) throw new Error('two');
    const opened = openedKeys(registers, 10);
    const [first, second] = [opened.open(a), opened.open(b)];
    opened.forget(['key-0']);
    expect(opened.open(a)).not.toBe(first);
    expect(opened.open(b)).toBe(second);
    opened.clear();
    expect(opened.open(b)).not.toBe(second);
  });
});
