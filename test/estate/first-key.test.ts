/** The README's first key in three languages, each run twice against a real server. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealServer, realServer } from '../cli/real-server.js';
import { describeWith } from '../programs.js';

const folder = 'examples/first-key';

it('is shown in the README as it is run', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const name of readdirSync(folder)) expect(readme, name).toContain(`\n${readFileSync(join(folder, name), 'utf8').trim()}\n`);
});

const programs = ['/bin/bash', '/usr/bin/curl', '/usr/bin/python3'];

describeWith(
  'bash, curl or python3',
  programs.every((program) => existsSync(program)),
  'the first key',
  () => {
    const scratch = mkdtempSync('/tmp/kyok-first-key-');
    let server: RealServer;
    beforeAll(async () => {
      server = await realServer();
      const source = readFileSync(`${folder}/first-key.ts`, 'utf8');
      const options = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
      writeFileSync(join(scratch, 'first-key.mjs'), ts.transpileModule(source, { compilerOptions: options }).outputText);
    });
    afterAll(async () => {
      await server?.stop();
      rmSync(scratch, { recursive: true, force: true });
    });

    it.each([
      ['curl', '/bin/bash', [`${folder}/first-key.sh`]],
      ['TypeScript', process.execPath, [join(scratch, 'first-key.mjs')]],
      ['Python', '/usr/bin/python3', [`${folder}/first_key.py`]],
    ])('in %s, and again', (_language, program, args) => {
      const env = { PATH: process.env.PATH, ...server.env, KYOK_API_KEY: readFileSync(join(server.dataDir, 'admin.key'), 'utf8').trim() };
      for (let run = 1; run <= 2; run += 1) {
        const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8', timeout: 60_000 });
        expect({ status, stdout: stdout.trim() }, stderr).toEqual({ status: 0, stdout: 'hello' });
      }
    });
  },
);
