// Writes the software bill of materials (CycloneDX, JSON) of what a server runs, from the lock file alone: `npm sbom`, with
// what would differ from run to run taken out. To standard output, or to the file given.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
const bom = JSON.parse(
  execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 << 20 }),
);
const { name, version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

// The same lock file is the same bill: its number follows from it (RFC 9562, version 8), and no time stands in it.
const digest = createHash('sha256')
  .update(readFileSync(`${root}/package-lock.json`))
  .digest('hex');
const variant = ((Number.parseInt(digest[16], 16) & 3) | 8).toString(16);
bom.serialNumber = `urn:uuid:${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
delete bom.metadata.timestamp;
Object.assign(bom.metadata.component, { name, version, type: 'application' });
// `npm sbom --omit dev` would also leave out what a server shares with the development tools.
const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8'));
const running = new Set(
  Object.entries(packages).flatMap(([path, entry]) => (path === '' || entry.dev ? [] : [`${nameOf(path, entry)}@${entry.version}`])),
);
const isRunning = (ref) => running.has(ref) || ref === bom.metadata.component['bom-ref'];
bom.components = bom.components.filter((component) => isRunning(`${component.name}@${component.version}`));
const refs = new Set([bom.metadata.component['bom-ref'], ...bom.components.map((component) => component['bom-ref'])]);
bom.dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)).sort() }))
  .sort((a, b) => (a.ref < b.ref ? -1 : 1));
bom.components.sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));

const text = `${JSON.stringify(bom, null, 2)}\n`;
const [file] = process.argv.slice(2);
if (file) writeFileSync(file, text);
else process.stdout.write(text);

/** A package may lie in its folder under another name. */
function nameOf(path, entry) {
  return entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
