import { readFileSync } from 'node:fs';
import { type Check, ok, problem } from './check.js';

const { engines } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly engines: { readonly node: string };
};

/** Whether this Node is one that package.json admits. */
export const nodeVersion: Check = {
  name: 'Node.js',
  run: () => {
    const { node } = process.versions;
    if (reaches(node, engines.node)) return ok(node);
    return problem(`${node}, and kyok needs ${engines.node}`, 'Install a newer Node.js and run "npm ci" again.');
  },
};

/** Whether a version is at least the one of a range like `>=20.19`. */
export function reaches(version: string, range: string): boolean {
  const numbers = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10));
  const wanted = numbers(range.replace(/^>=/, ''));
  const found = numbers(version);
  for (const [at, least] of wanted.entries()) if (found[at] !== least) return (found[at] ?? 0) > least;
  return true;
}
