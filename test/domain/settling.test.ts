import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secondsUntilCertain } from '../../src/domain/settling.js';

const settlesInSeconds = 60;

describe('how long until a look is certain', () => {
  test.each([
    ['right after the last step', 10_000, 10_000, false, 60, 60],
    ['a moment too early', 69_999, 10_000, false, 60, 1],
    ['when the last step shows everywhere', 70_000, 10_000, false, 60, 0],
    ['long after', 9_000_000, 10_000, false, 60, 0],
    ['at once when the step that was answered is seen', 10_000, 10_000, true, 60, 0],
    ['at once where reads see every write', 10_000, 10_000, false, 0, 0],
  ])('%s', (_, askedAt, lastStepAt, showsLastStep, settles, seconds) => {
    expect(secondsUntilCertain({ askedAt, lastStepAt, showsLastStep, settlesInSeconds: settles })).toBe(seconds);
  });

  test('a look that is certain shows what is there, whatever was lost, late, or forgotten by a server that died', () => {
    const happening = fc.oneof(
      fc.record({ what: fc.constant('step' as const), to: fc.nat(2), isDone: fc.boolean(), isAnswered: fc.boolean(), takes: fc.nat(200) }),
      fc.record({ what: fc.constant('crash' as const) }),
      fc.record({ what: fc.constant('look' as const), age: fc.nat(settlesInSeconds * 1000 - 1) }),
    );
    const moments = fc.array(fc.record({ after: fc.nat(90), happening }), { maxLength: 30 });
    let certain = 0;
    fc.assert(
      fc.property(moments, (history) => {
        let now = 0;
        const was = [{ at: Number.NEGATIVE_INFINITY, value: 0 }];
        const stateAt = (time: number) => was.findLast(({ at }) => at <= time)?.value;
        let known: { lastStepAt: number; to: number | null } = { lastStepAt: 0, to: null };
        for (const { after, happening: next } of history) {
          now += after * 1000;
          if (next.what === 'crash') known = { lastStepAt: now, to: null };
          else if (next.what === 'step') {
            // It arrives when it is over; an answer is given to none that is not done.
            now += next.takes * 1000;
            if (next.isDone || next.isAnswered) was.push({ at: now, value: next.to });
            known = { lastStepAt: now, to: next.isAnswered ? next.to : null };
          } else {
            const seen = stateAt(now - next.age);
            const look = { askedAt: now, lastStepAt: known.lastStepAt, showsLastStep: seen === known.to, settlesInSeconds };
            if (secondsUntilCertain(look) > 0) continue;
            certain += 1;
            expect(seen).toBe(stateAt(now));
          }
        }
      }),
      { numRuns: 2_000 },
    );
    expect(certain).toBeGreaterThan(1_000);
  });
});
