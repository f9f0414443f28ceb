import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDays,
  addPeriod,
  addSeconds,
  compareTimes,
  dayOf,
  isIsoDate,
  isPeriod,
  isTimestamp,
  later,
  parsePeriod,
  secondsBetween,
  startOfDay,
} from '../../src/domain/time.js';

const days = fc
  .date({ min: new Date('0001-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const times = fc.date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true }).map((date) => date.toISOString());

describe('periods', () => {
  test.each([
    ['2023-06-05', 'P5Y1M1W2D', '2028-07-14'],
    ['2028-07-14', 'P1Y2M1W4D', '2029-09-25'],
    ['2024-01-31', 'P1M', '2024-02-29'],
    ['2023-01-31', 'P1M', '2023-02-28'],
    ['2024-02-29', 'P1Y', '2025-02-28'],
    ['2024-02-29', 'P4Y', '2028-02-29'],
    ['2024-08-31', 'P1M1D', '2024-10-01'],
    ['2024-12-31', 'P2M', '2025-02-28'],
    ['2024-12-15', 'P0D', '2024-12-15'],
    ['2024-12-25', 'P1W', '2025-01-01'],
    ['2024-01-01', 'P24M', '2026-01-01'],
    ['0099-12-31', 'P1D', '0100-01-01'],
  ])('%s + %s = %s', (date, period, sum) => expect(addPeriod(date, period)).toBe(sum));

  test.each(['', 'P', 'P1', '1Y', 'P1D1Y', 'P1Y1Y', 'PT1H', 'P-1Y', 'p1y', 'P1.5Y', 'P1Y ', 'P123456Y'])('%j is refused', (period) => {
    expect(isPeriod(period)).toBe(false);
    expect(() => parsePeriod(period)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  test('a period that leads beyond the year 9999 is refused', () => {
    expect(() => addPeriod('2024-01-01', 'P99999Y')).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  test('never lead backwards, and stay calendar days', () => {
    fc.assert(
      fc.property(days, fc.nat(500), fc.nat(500), fc.nat(500), fc.nat(500), (date, y, m, w, d) => {
        const sum = addPeriod(date, `P${y}Y${m}M${w}W${d}D`);
        expect(isIsoDate(sum)).toBe(true);
        expect(sum >= date).toBe(true);
      }),
    );
  });
});

describe('times', () => {
  test('adding and taking away come back to the same time', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: -1e8, max: 1e8 }), (time, seconds) => {
        const moved = addSeconds(time, seconds);
        expect(addSeconds(moved, -seconds)).toBe(time);
        expect(secondsBetween(time, moved)).toBe(seconds);
        expect(Math.sign(compareTimes(moved, time))).toBe(Math.sign(seconds));
        expect(later(time, moved)).toBe(seconds > 0 ? moved : time);
      }),
    );
  });

  test('days', () => {
    expect(addDays('2024-02-28T23:00:00.000Z', 2)).toBe('2024-03-01T23:00:00.000Z');
    expect(dayOf('2024-02-28T23:59:59.999Z')).toBe('2024-02-28');
    expect(startOfDay('2024-02-28')).toBe('2024-02-28T00:00:00.000Z');
  });

  test.each([
    ['2024-02-29', true],
    ['2023-02-29', false],
    ['2023-13-01', false],
    ['2023-1-1', false],
    ['2023-01-01T00:00:00Z', false],
    ['', false],
  ])('calendar day %j: %s', (text, is) => expect(isIsoDate(text)).toBe(is));

  test.each([
    ['2024-02-29T12:00:00.000Z', true],
    ['2023-02-29T12:00:00.000Z', false],
    ['2024-02-29T12:00:00Z', false],
    ['2024-02-29T24:00:00.000Z', false],
  ])('timestamp %j: %s', (text, is) => expect(isTimestamp(text)).toBe(is));
});
