import { describe, it } from 'vitest';

/**
 * Tests that use a real program. Where it is not installed they are skipped, and their title says so; with
 * KYOK_TEST_REQUIRE_PROGRAMS=on, as in CI, they fail instead.
 */
export function describeWith(program: string, isInstalled: boolean, title: string, tests: () => void): void {
  if (isInstalled) describe(title, tests);
  else if (process.env.KYOK_TEST_REQUIRE_PROGRAMS === 'on')
    it(title, () => {
      throw new Error(`${program} is not installed`);
    });
  else describe.skip(`${title} (skipped: ${program} is not installed)`, tests);
}
