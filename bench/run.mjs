/** Runs the rows of the table, prints them, and writes `results.md`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { causes } from './causes.mjs';
import { machineShape } from './machine.mjs';
import { rows } from './table.mjs';
import { tableOf } from './verdicts.mjs';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !rows.some((row) => row.name === name));
if (unknown.length > 0) {
  process.stderr.write(`bench: no row is named ${unknown.join(', ')}; there are ${rows.map(({ name }) => name).join(', ')}\n`);
  process.exit(1);
}

const shape = machineShape();
const results = [];
for (const row of rows.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  process.stderr.write(`bench: ${row.name} …\n`);
  const started = Date.now();
  results.push(...(await row.measure()));
  process.stderr.write(`bench: ${row.name} took ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}
const table = tableOf(results, causes);
process.stdout.write(`${table}\n`);
if (asked.length === 0) writeFileSync(fileURLToPath(new URL('results.md', import.meta.url)), `${shape}\n${table}\n`);
