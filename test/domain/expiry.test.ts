import { describe, expect, it } from 'vitest';
import { noticeDue } from '../../src/domain/expiry.js';
import { addDays } from '../../src/domain/time.js';

describe('noticeDue', () => {
  const now = '2030-01-01T00:00:00.000Z';
  const inDays = (days: number) => addDays(now, days);
  it.each([
    [31, undefined, null],
    [30, undefined, 30],
    [6, undefined, 7],
    [-3, undefined, 7],
    [20, { expiresAt: inDays(20), noticeDays: 30 }, null],
    [5, { expiresAt: inDays(5), noticeDays: 30 }, 7],
    [5, { expiresAt: inDays(5), noticeDays: 7 }, null],
    [20, { expiresAt: inDays(4), noticeDays: 7 }, 30],
  ])('%i days before the end, told %o: %o', (left, told, expected) => {
    expect(noticeDue(inDays(left), now, [30, 7], told)).toBe(expected);
  });
});
