/** The house's own rules: what must stay true of the tree, whatever else changes. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { settings } from '../src/config.js';
import { actionsFor } from '../src/domain/permissions.js';
import { operations } from '../src/services/operations.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('operations', () => {
  it('are registered once, in the order of their names', () => {
    const names = operations.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort((a, b) => (a < b ? -1 : 1)));
    const files = filesBelow('src/services').flatMap((file) =>
      [...read(file).matchAll(/^ {2}name: '(\w+)',\n {2}action: '/gm)].map(([, name]) => name),
    );
    expect(new Set(files)).toEqual(new Set(names));
  });

  it.each(operations.map((operation) => [operation.name, operation] as const))(
    '%s has a permission, an audit action and a test',
    (name, { action }) => {
      expect(actionsFor(name).length).toBeGreaterThan(0);
      expect(action).toMatch(/^[a-z-]+\.[a-z-]+$/);
      const word = new RegExp(`\\b${name}\\b`);
      expect(filesBelow('test').filter((file) => file.endsWith('.ts') && word.test(read(file)))).not.toEqual([]);
    },
  );
});

describe('the tree', () => {
  it('has a README of at most 20 lines in every folder under src', () => {
    for (const folder of readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
      const readme = `src/${folder.name}/README.md`;
      expect(existsSync(join(root, readme)), readme).toBe(true);
      expect(read(readme).trimEnd().split('\n').length, readme).toBeLessThanOrEqual(20);
    }
  });

  it('numbers each decision once, in its file’s name and its title', () => {
    const files = readdirSync(join(root, 'docs/decisions')).sort();
    const numbered = files.map((file) => [file.slice(0, 4), read(`docs/decisions/${file}`).slice(0, 8)]);
    expect(numbered).toEqual(files.map((_, index) => String(index + 1).padStart(4, '0')).map((number) => [number, `# ${number}: `]));
  });

  it('names no setting that the table does not know', () => {
    const known = new Set(Object.keys(settings));
    const named = [...filesBelow('src'), ...filesBelow('examples'), ...filesBelow('docs'), 'README.md'].flatMap(
      (file) => read(file).match(/KYOK_[A-Z0-9_]*[A-Z0-9]/g) ?? [],
    );
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('layers', () => {
  const forbiddenImports = [
    ['domain-knows-nothing', 'src/domain/a.ts', 'src/services/a.ts'],
    ['domain-knows-nothing', 'src/domain/o.ts', 'src/files/o.ts'],
    ['files-know-nothing', 'src/files/p.ts', 'src/domain/p.ts'],
    ['below-know-domain-only', 'src/hsm/soft/b.ts', 'src/services/b.ts'],
    ['services-see-contracts-only', 'src/services/c.ts', 'src/store/typeorm/c.ts'],
    ['services-know-no-face', 'src/services/d.ts', 'src/faces/graphql/d.ts'],
    ['faces-go-through-services', 'src/faces/graphql/e.ts', 'src/hsm/contract.ts'],
    ['faces-do-not-mix', 'src/faces/graphql/f.ts', 'src/faces/kmip/f.ts'],
    ['siblings-do-not-mix', 'src/keystores/internal/g.ts', 'src/keystores/other/g.ts'],
    ['siblings-do-not-mix', 'src/sinks/file/k.ts', 'src/sinks/syslog/k.ts'],
    ['clients-speak-graphql-only', 'src/cli/h.ts', 'src/services/h.ts'],
    ['local-commands-start-main-only', 'src/cli/doctor.ts', 'src/services/l.ts'],
    ['fence-graphql', 'src/services/i.ts', 'node_modules/graphql/index.js'],
    ['fence-pkcs11', 'src/hsm/units/m.ts', 'node_modules/pkcs11js/index.js'],
    ['fence-prometheus', 'src/services/metrics/n.ts', 'node_modules/prom-client/index.js'],
    ['no-cycles', 'src/faces/graphql/j.ts', 'src/faces/graphql/j.ts'],
  ] as const;
  const report = layersReport(forbiddenImports.map(([, from, to]) => [from, to]));

  it.each(forbiddenImports)('%s: an import from %s to %s fails the check', (rule, from) => {
    const stem = from.replace('.ts', '');
    expect(report).toMatch(new RegExp(`error ${rule}: ${stem}`));
  });
});

/** What the layering check says of a tree that holds just these imports; an import of itself closes a cycle of two files. */
function layersReport(imports: readonly (readonly [from: string, to: string])[]): string {
  const tree = mkdtempSync(join(tmpdir(), 'kyok-layers-'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    appendFileSync(join(tree, file), text);
  };
  for (const [index, [from, to]] of imports.entries()) {
    const target = from === to ? from.replace('.ts', '-partner.ts') : to;
    const up = '../'.repeat(from.split('/').length - 1);
    write(from, `export { v${index} } from '${up}${target.replace(/\.ts$/, '.js')}';\n`);
    if (from === to) write(target, `export { v${index} } from '${up}${from.replace(/\.ts$/, '.js')}';\n`);
    else write(target, `export const v${index} = 1;\n`);
  }
  write('tsconfig.json', read('tsconfig.json'));
  write('package.json', '{"type":"module"}');
  const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = { cwd: tree, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(process.execPath, [depcruise, '--config', join(root, '.dependency-cruiser.cjs'), 'src'], options);
  if (status === 0) throw new Error('the layering check passed a tree that breaks every rule');
  return stdout;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
