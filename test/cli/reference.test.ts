import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { lookups } from '../../src/cli/lookup.js';
import { everydayVerbs } from '../../src/cli/nouns/everyday.js';
import { nouns } from '../../src/cli/nouns/index.js';
import { kyokProgram } from '../../src/cli/program.js';
import { referenceOf } from '../../src/cli/reference.js';
import { status } from '../../src/cli/status.js';
import { documentOf } from '../../src/cli/verb.js';
import { kyok } from './fake-server.js';

const io = {
  env: {},
  stdin: (async function* () {})(),
  stdoutIsTerminal: false,
  stderrIsTerminal: false,
  width: 120,
  out: () => undefined,
  err: () => undefined,
};
const program = kyokProgram(io, {
  serve: async () => undefined,
  resetAdministrator: async () => ({ adminKeyFile: '' }),
  examine: async () => [],
});
const verbs = [status, ...everydayVerbs, ...nouns.flatMap((noun) => noun.verbs)];

describe('the command tree', () => {
  it('is what docs/cli.md says', async () => {
    await expect(referenceOf(program)).toMatchFileSnapshot('../../docs/cli.md');
  });

  it('names each verb once in its noun, and ends every summary with a full stop', () => {
    for (const noun of nouns) {
      const names = noun.verbs.map(({ name }) => name);
      expect(new Set(names).size, noun.name).toBe(names.length);
    }
    for (const { name, summary, parameters } of verbs) {
      for (const text of [summary, ...parameters.map((parameter) => parameter.summary)]) expect(text, name).toMatch(/\.$/);
    }
  });

  it('has no option that a global one would take away', () => {
    const global = program.options.map(({ long }) => long?.slice(2));
    for (const { name, parameters } of verbs) for (const parameter of parameters) expect(global, name).not.toContain(parameter.name);
  });
});

const schemaFile = new URL('../../schema/schema.graphql', import.meta.url);

describe('operations', () => {
  const schema = buildSchema(readFileSync(schemaFile, 'utf8'));
  const operations = [...verbs.flatMap((verb) => verb.operations), ...Object.values(lookups).map(({ operation }) => operation)];

  it.each([...new Set(operations.map(documentOf))])('%s fits the schema', (document) => {
    expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
  });

  it('reach every mutation that there is', () => {
    const reached = new Set(operations.map(({ field }) => field));
    const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
    expect(mutations.filter((field) => !reached.has(field))).toEqual([]);
  });
});

describe('completion', () => {
  const bash = existsSync('/bin/bash');

  it.each([
    [['kyok', 'vau'], 'vault'],
    [['kyok', 'vault', 'cr'], 'create'],
    [['kyok', 'managed-key', 'rot'], 'rotate'],
    [['kyok', 'key', 'list', '--sta'], '--state'],
    [['kyok', '--output', 'json', 'audit', 'ver'], 'verify'],
  ])('bash completes %j', async (words, expected) => {
    expect(bash).toBe(true);
    const { text } = await kyok(['completion', 'bash']);
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const script = `${text}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _kyok; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(execFileSync('/bin/bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n')).toContain(expected);
  });

  it('is there for zsh and fish too, and names the shells otherwise', async () => {
    expect((await kyok(['completion', 'zsh'])).text).toContain('compdef _kyok kyok');
    expect((await kyok(['completion', 'fish'])).text).toContain("-a rotate -d 'Gives keys a new version of material.'");
    expect(await kyok(['completion', 'tcsh'])).toMatchObject({ code: 2 });
  });
});
