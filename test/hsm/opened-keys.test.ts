import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

/** The timers of tests stand in for the date, too. */
const perf = { now: () => Date.now() };
const minutes = (count: number) => count * 60_000;
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('opened keys', () => {
  test('stay open, up to the limit', () => {
    const { registers, all } = refs(3);
    const [a, b, c] = all;
    if (!a || !b || !c) throw new Error('three');
    const opened = openedKeys(registers, 2, () => undefined, perf);
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
    const opened = openedKeys(registers, 10, () => undefined, perf);
    const [first, second] = [opened.open(a), opened.open(b)];
    opened.forget(['key-0']);
    expect(opened.open(a)).not.toBe(first);
    expect(opened.open(b)).toBe(second);
    opened.clear();
    expect(opened.open(b)).not.toBe(second);
  });

  test('S5: a use that was under way when its key was forgotten leaves nothing open', () => {
    const { registers, all } = refs(2);
    const [a, b] = all;
    if (!a || !b) throw new Error('two');
    const opened = openedKeys(registers, 10, () => undefined, perf);
    opened.forget(['key-0']);
    const [late, other] = [opened.open(a), opened.open(b)];
    expect(opened.open(a)).not.toBe(late);
    expect(opened.open(b)).toBe(other);
    vi.advanceTimersByTime(minutes(9));
    const later = opened.open(a);
    expect(opened.open(a)).not.toBe(later);
    vi.advanceTimersByTime(minutes(2));
    const reactivated = opened.open(a);
    expect(opened.open(a)).toBe(reactivated);
  });

  test('S5: how many keys are remembered as forgotten has a bound', () => {
    const { registers, all } = refs(1);
    const [a] = all;
    if (!a) throw new Error('one');
    const opened = openedKeys(registers, 10, () => undefined, perf);
    opened.forget(['key-0', ...Array.from({ length: 9_999 }, (_, at) => `other-${at}`)]);
    expect(opened.open(a)).not.toBe(opened.open(a));
    opened.forget(['one more', 'and another']);
    expect(opened.open(a)).toBe(opened.open(a));
  });

  test('leave memory after five minutes, used or not', () => {
    const { registers, all } = refs(2);
    const [a, b] = all;
    if (!a || !b) throw new Error('two');
    const opened = openedKeys(registers, 10, () => undefined, perf);
    const [first, second] = [opened.open(a), opened.open(b)];
    vi.advanceTimersByTime(minutes(4));
    expect(opened.open(a)).toBe(first);
    vi.advanceTimersByTime(minutes(2));
    expect(opened.open(a)).not.toBe(first);
    expect(opened.open(b)).not.toBe(second);
  });
});
