/** What the demo tells: a row per step, as it happens. */

/** @param {string} step @param {string} what @param {string} time @param {string} result */
const row = (step, what, time, result) => `${step.padEnd(10)} ${what.padEnd(42)} ${time.padStart(8)}  ${result}`;

/** @param {(line: string) => void} print */
export function reportTo(print) {
  const started = performance.now();
  let steps = 0;
  print(row('STEP', 'WHAT', 'TIME', 'RESULT'));
  return {
    /**
     * Does a step and tells its result; a step that throws ends the demo.
     * @template T
     * @param {string} step
     * @param {string} what
     * @param {() => Promise<{ result: string, value?: T }>} work
     * @returns {Promise<T>}
     */
    step: async (step, what, work) => {
      const begun = performance.now();
      const { result, value } = await work();
      steps += 1;
      print(row(step, what, `${(performance.now() - begun).toFixed(0)} ms`, result));
      return /** @type {T} */ (value);
    },
    summary: () => `${steps} steps in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  };
}
