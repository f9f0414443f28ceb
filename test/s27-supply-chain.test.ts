/** S27: what a server is made of is known, and nothing else runs when it is installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));

interface Locked {
  /** Where the folder has another name. */
  readonly name?: string;
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  /** Lies in another package's archive, under that one's hash. */
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}
const locked = Object.entries(json('package-lock.json').packages as Record<string, Locked>).filter(([path]) => path !== '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Packages that run something when they are installed, and what. */
const installScripts: Readonly<Record<string, string>> = {
  sqlite3: 'fetches or compiles the native module',
  '@apollo/protobufjs': 'prints a note on versions',
  pkcs11js: 'compiles the native module: npm does that unasked where there is a binding.gyp',
};

describe('S27: the lock file', () => {
  it('names every package by the hash of its content, and takes none from elsewhere than the registry', () => {
    for (const [path, { integrity, resolved, link, inBundle }] of locked) {
      expect(link, path).toBeUndefined();
      if (inBundle) continue;
      expect(integrity, path).toMatch(/^sha512-/);
      // The lock file leaves the registry's addresses out: what stands here would be another place.
      expect(resolved, path).toBeUndefined();
    }
  });

  it('has install scripts in no package but the ones listed', () => {
    const runs = ([path, { hasInstallScript }]: (typeof locked)[number]) => hasInstallScript || existsSync(join(root, path, 'binding.gyp'));
    const found = locked.filter(runs).map(([path]) => nameOf(path));
    expect([...new Set(found)].sort()).toEqual(Object.keys(installScripts).sort());
  });

  it('has exactly the versions that package.json asks for', () => {
    const { dependencies, devDependencies, optionalDependencies } = json('package.json');
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(locked.find(([path]) => path === `node_modules/${name}`)?.[1].version, name).toBe(version);
    }
  });
});

describe('S27: npm run sbom', () => {
  const bill = () => execFileSync(process.execPath, ['scripts/sbom.mjs'], { cwd: root, encoding: 'utf8' });

  it('lists every package that a server runs with its hash, in CycloneDX, and is the same each time', () => {
    const text = bill();
    expect(bill()).toBe(text);
    const { bomFormat, specVersion, components, metadata } = JSON.parse(text);
    expect({ bomFormat, specVersion }).toEqual({ bomFormat: 'CycloneDX', specVersion: '1.5' });
    expect(metadata.component).toMatchObject({ name: 'kyok', type: 'application' });
    const listed = new Set((components as { name: string; version: string }[]).map(({ name, version }) => `${name}@${version}`));
    const running = locked.filter(([, { dev }]) => !dev).map(([path, { name, version }]) => `${name ?? nameOf(path)}@${version}`);
    expect([...listed].sort()).toEqual([...new Set(running)].sort());
    for (const component of components) expect(component.hashes?.[0]?.alg, component.name).toBe('SHA-512');
  });

  it('writes a file where one is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kyok-sbom-'));
    expect(spawnSync(process.execPath, ['scripts/sbom.mjs', join(folder, 'sbom.json')], { cwd: root }).status).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'sbom.json'), 'utf8')).bomFormat).toBe('CycloneDX');
    rmSync(folder, { recursive: true });
  });
});
