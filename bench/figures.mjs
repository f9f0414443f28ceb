/** The middle value of some numbers. @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** The value below which a share of the numbers lies. @param {readonly number[]} values @param {number} share */
export function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A rate for people: 12,300 or 87. @param {number} value */
export function rate(value) {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}

/**
 * Rounds in which several things are measured in turns; answers each one's measurements, round by round.
 * @template {Record<string, () => Promise<any>>} T
 * @param {number} count @param {T} measures
 * @returns {Promise<{ [K in keyof T]: Awaited<ReturnType<T[K]>>[] }>}
 */
export async function rounds(count, measures) {
  const seen = Object.fromEntries(Object.keys(measures).map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    const names = Object.keys(measures);
    // The order turns each time: nobody always comes after the same neighbour.
    for (const name of round % 2 === 0 ? names : names.reverse()) seen[name].push(await measures[name]());
  }
  return /** @type {any} */ (seen);
}

/** The median of the rounds' own ratios. @param {readonly number[]} over @param {readonly number[]} under */
export function medianRatio(over, under) {
  return median(over.map((value, round) => value / under[round]));
}
