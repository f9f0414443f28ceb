import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { timeOrderedId } from '../../src/domain/time-ordered-id.js';

test('the example of RFC 9562, appendix A.6', () => {
  expect(timeOrderedId(0x017f22e279b0, '00000000-0000-4cc3-98c4-dc0c0c07398f')).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

test('sorts by time, and differs within it', () => {
  const ids = [1, 2, 0xfff, 0x1000, 1_795_000_000_000, 1_795_000_000_001].map((time) => timeOrderedId(time, randomUUID()));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(Array.from({ length: 1_000 }, () => timeOrderedId(1, randomUUID()))).size).toBe(1_000);
});
