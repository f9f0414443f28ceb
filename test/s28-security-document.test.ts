/** S28: SECURITY.md holds the threat model, and names tests that are there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.js';

const text = readFileSync(fileURLToPath(new URL('../SECURITY.md', import.meta.url)), 'utf8');

/** Titles of tests that begin with the number of a security check, or several: `S14, S30: …`. */
const titles = sourceFiles('test').flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/['"`]((?:S\d{1,2}, )*S\d{1,2}: [^'"`\n]*)/g)].map(([, title]) => title ?? ''),
);
const numbersOf = (title: string) => title.slice(0, title.indexOf(':')).split(', ');
const tested = new Set(titles.flatMap(numbersOf));
/** What stands in backticks and begins with a number: `S4`, or `S4: the beginning of a title`. */
const named = [...text.matchAll(/`(S\d{1,2})(?:: ([^`]+))?`/g)].map(([, number = '', title]) => ({ number, title }));
const section = (heading: string) => text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

describe('S28: the threat model', () => {
  it.each(named.filter(({ title }) => title !== undefined))('names the test "$number: $title", which is there', ({ number, title }) => {
    expect(titles.some((candidate) => numbersOf(candidate).includes(number) && candidate.includes(`: ${title}`))).toBe(true);
  });

  it('names no check that no test holds', () => {
    expect(named.map(({ number }) => number).filter((number) => !tested.has(number))).toEqual([]);
  });

  it('leaves out no check that a test holds', () => {
    expect([...tested].filter((number) => !named.some((one) => one.number === number))).toEqual([]);
  });

  it('gives every threat a test by its title', () => {
    const rows =
      section('Threat model')
        .split('**Who attacks')[1]
        ?.split('\n')
        .filter((line) => line.startsWith('|'))
        .slice(2) ?? [];
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) expect(row).toMatch(/`S\d{1,2}: [^`]+`[^|]*\|$/);
  });

  it('says what is protected, where trust ends and what nothing holds against', () => {
    for (const part of ['**What is protected**', '**Where trust ends**', '**What nothing here holds against**'])
      expect(section('Threat model')).toContain(part);
  });
});

describe("S29: the soft HSM's limits", () => {
  it.each([
    /\*\*not FIPS-validated\*\*/,
    /JavaScript cannot promise that memory\s+is wiped/,
    /does not\s+protect against whoever can read a unit's memory/,
  ])('are said plainly: %s', (sentence) => {
    expect(section('The soft HSM, plainly')).toMatch(sentence);
  });
});
