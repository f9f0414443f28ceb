// Writes the settings table of README.md from the compiled configuration; with --check it only says whether it is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { settings } from '../dist/config.js';

const file = new URL('../README.md', import.meta.url);
const readme = readFileSync(file, 'utf8');

const shown = (value) => (value === '' ? '' : `\`${value}\``);
const byDefault = ({ byDefault: value = '' }) =>
  typeof value === 'string' ? shown(value) : `${shown(value.development)}, production ${shown(value.production)}`;
const rows = Object.entries(settings).map(([name, row]) => `| \`${name}\` | ${row.reader} | ${byDefault(row)} | ${row.text} |`);
const table = ['| name | read by | default | |', '|---|---|---|---|', ...rows].join('\n');

const fresh = readme.replace(/(<!-- settings:begin -->\n)[\s\S]*?(<!-- settings:end -->)/, (_, begin, end) => `${begin}${table}\n${end}`);
if (fresh !== readme && process.argv.includes('--check')) {
  process.stderr.write('README.md: the settings table is stale; run "npm run schema"\n');
  process.exit(1);
}
if (fresh !== readme) writeFileSync(file, fresh);
