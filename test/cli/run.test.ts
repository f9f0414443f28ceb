import { afterEach, describe, expect, it } from 'vitest';
import { exitByKind, exitCodes } from '../../src/cli/exit-codes.js';
import { asFailure } from '../../src/cli/failure.js';
import { errorKinds } from '../../src/domain/errors.js';
import { type FakeServer, fakeServer, kyok, page, Refused } from './fake-server.js';

const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
const vault = { id, name: 'Payments', description: 'a\u001b[31mb', createdAt: '2026-11-23T12:00:00.000Z', revision: 1 };
const apiKey = 'kyok_test';
let server: FakeServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function served(answers: Parameters<typeof fakeServer>[0]) {
  server = await fakeServer(answers);
  return { server, env: { KYOK_ENDPOINT: server.url, KYOK_API_KEY: apiKey } };
}

describe('results', () => {
  it('lists as a table, without control characters', async () => {
    const { env, server } = await served({ vaults: () => page([vault]) });
    const outcome = await kyok(['vault', 'list', '--name', 'Pay'], { env });
    expect(outcome.code).toBe(0);
    expect(outcome.text).toMatch(/^NAME\s+ID\s+DESCRIPTION\s+CREATED\nPayments\s+0f8f/);
    expect(outcome.text).not.toContain('\u001b');
    expect(server.asked[0]).toMatchObject({ variables: { filter: { name: 'Pay' } }, authorization: 'Bearer kyok_test' });
  });

  it('writes one JSON value to standard output and nothing else', async () => {
    const { env } = await served({ vaults: () => page([vault]) });
    const outcome = await kyok(['vault', 'list', '--output', 'json'], { env });
    expect(JSON.parse(outcome.text)).toEqual([vault]);
    expect(outcome.err).toBe('');
  });

  it('reads on while there are pages, and says when there is more than the limit', async () => {
    const pages = (variables: Record<string, unknown>) => {
      const start = variables.after === undefined ? 0 : Number(variables.after) + 1;
      const nodes = Array.from({ length: Number(variables.first) }, (_, i) => ({ ...vault, name: `v${start + i}` }));
      return { edges: nodes.map((node) => ({ node })), pageInfo: { hasNextPage: true, endCursor: String(start + nodes.length - 1) } };
    };
    const { env, server } = await served({ vaults: pages });
    const outcome = await kyok(['vault', 'list', '--limit', '700', '--output', 'json'], { env });
    const names = (JSON.parse(outcome.text) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(Array.from({ length: 700 }, (_, i) => `v${i}`));
    expect(outcome.err).toContain('more than 700');
    expect(server.asked.length).toBe(2);
  });

  it('takes the input from a file, with options on top', async () => {
    const { env, server } = await served({ createVault: (variables) => ({ ...vault, ...(variables.input as object) }) });
    const { mkdtempSync, writeFileSync } = await import('node:fs');
    const path = `${mkdtempSync('/tmp/kyok-cli-')}/input.json`;
    writeFileSync(path, '{"name":"A","description":"from the file"}');
    const outcome = await kyok(['vault', 'create', '--input', path, '--name', 'B', '--client-token', 't1', '--dry-run'], { env });
    expect(outcome.err).toBe('Dry run: nothing was changed.\n');
    expect(server.asked[0]?.variables).toEqual({ input: { name: 'B', description: 'from the file' }, clientToken: 't1', dryRun: true });
  });
});

describe('names', () => {
  it('finds objects by readable names, exactly', async () => {
    const { env, server } = await served({
      vaults: () => page([{ id: 'other', name: 'Payments 2' }, vault]),
      managedKeys: () => page([{ id: 'k1', label: 'card/data', state: 'ACTIVE' }]),
      rotateManagedKey: () => [{ id: 'k1', managedKey: { label: 'card/data', state: 'ACTIVE', version: 2, revision: 2 }, error: null }],
    });
    const outcome = await kyok(['key', 'rotate', 'Payments/card/data'], { env });
    expect(outcome.code).toBe(0);
    expect(server.asked.map(({ field }) => field)).toEqual(['vaults', 'managedKeys', 'rotateManagedKey']);
    expect(server.asked[2]?.variables).toEqual({ items: [{ id: 'k1' }] });
    expect(server.asked[1]?.variables).toMatchObject({ filter: { vaultIds: [id], label: 'card/data' } });
  });

  it('prefers the living key where a destroyed one had the same name', async () => {
    const { env } = await served({
      vaults: () => page([vault]),
      managedKeys: () =>
        page([
          { id: 'old', label: 'a', state: 'DESTROYED' },
          { id: 'new', label: 'a', state: 'ACTIVE' },
        ]),
      managedKey: (variables) => ({ id: variables.id, label: 'a', tags: [] }),
    });
    const outcome = await kyok(['key', 'show', 'Payments/a', '--output', 'json'], { env });
    expect(JSON.parse(outcome.text)).toMatchObject({ id: 'new' });
  });

  it('says which name it did not find', async () => {
    const { env } = await served({ vaults: () => page([]) });
    const outcome = await kyok(['vault', 'show', 'Nowhere'], { env });
    expect(outcome).toMatchObject({ code: 4, err: 'kyok: There is no vault named "Nowhere".\n' });
  });
});

describe('refusals', () => {
  it.each(errorKinds)('%s has its exit code and one line', async (kind) => {
    const { env } = await served({
      vault: () => {
        throw new Refused('No.', { code: 'SOME_CODE', kind, details: {}, requestId: 'r-1' });
      },
    });
    const outcome = await kyok(['vault', 'show', id], { env });
    expect(outcome.code).toBe(exitCodes[exitByKind[kind]].code);
    expect(outcome.err).toBe(kind === 'internal' ? 'kyok: No. (SOME_CODE) Request id: r-1.\n' : 'kyok: No. (SOME_CODE)\n');
    expect(outcome.text).toBe('');
  });

  it('shows what is wrong with the input', async () => {
    const { env } = await served({
      createVault: () => {
        throw new Refused('The input is not valid; see details.issues.', {
          code: 'INPUT_INVALID',
          kind: 'invalid-input',
          details: { issues: [{ path: 'name', message: 'must be at most 100 characters' }] },
        });
      },
    });
    const outcome = await kyok(['vault', 'create', '--name', 'x'], { env });
    expect(outcome).toMatchObject({ code: 2 });
    expect(outcome.err).toContain('name: must be at most 100 characters');
  });

  it('shows every result of a batch and exits by the first failure', async () => {
    const error = { code: 'KEY_STATE_FORBIDS', kind: 'wrong-state', message: 'Not in this state.', details: {} };
    const { env } = await served({
      activateManagedKey: () => [
        { id, managedKey: { label: 'a', state: 'ACTIVE', version: 1, revision: 2 }, error: null },
        { id, managedKey: null, error },
      ],
    });
    const outcome = await kyok(['key', 'activate', id, id], { env });
    expect(outcome.code).toBe(5);
    expect(outcome.text).toContain('PROBLEM');
    expect(outcome.err).toContain('1 of 2 failed');
  });

  it('tells a failure without control characters, whatever the server answers', async () => {
    const answer = () => {
      throw new Refused('\u001b[2J\u001b]0;owned\u0007no', { code: 'NOT_FOUND', kind: 'not-found', details: { vault: '\u009b31mred' } });
    };
    const { env } = await served({ vaults: answer });
    const { err } = await kyok(['vault', 'list'], { env });
    expect(err).toContain('no [vault: ?31mred]');
    expect(err.trimEnd()).not.toMatch(/\p{Cc}/u);
  });

  it('says nothing beside a result that has control characters', async () => {
    const { env } = await served({
      auditCheckpoint: () => ({ note: 'a note', origin: 'kyok', size: 1, root: '', publicKey: 'k\u001b[2J' }),
    });
    const { code, err } = await kyok(['audit', 'checkpoint'], { env });
    expect([code, err]).toEqual([0, 'Public key: k?[2J\n']);
  });

  it('tells a failure as JSON where results are JSON', async () => {
    const { env } = await served({ vaults: () => page([]) });
    const outcome = await kyok(['vault', 'show', 'Nowhere', '--output', 'json'], { env });
    expect(JSON.parse(outcome.err)).toMatchObject({ error: { exitCode: 4 } });
  });

  it('asks before what is dangerous, and refuses where nobody can be asked', async () => {
    const { env, server } = await served({ destroyManagedKey: () => [{ id, managedKey: { label: 'a' }, error: null }] });
    const outcome = await kyok(['key', 'destroy', id], { env });
    expect(outcome.code).toBe(2);
    expect(outcome.err).toContain('--yes');
    expect(server.asked).toEqual([]);
    expect((await kyok(['key', 'destroy', id, '--yes'], { env })).code).toBe(0);
  });
});

describe('the command line', () => {
  it.each([
    [['vualt', 'list'], "Unknown command 'vualt'. (Did you mean vault?)"],
    [['vault', 'lst'], "Unknown command 'lst'. (Did you mean list?)"],
    [['vault', 'list', '--nme', 'x'], "Unknown option '--nme'. (Did you mean --name?)"],
    [['vault', 'create'], '--name must be given.'],
    [['vault', 'list', '--limit', 'many'], '--limit takes a whole number.'],
    [['key', 'list', '--state', 'GONE'], '--state takes one of PRE_ACTIVATION'],
    [['key', 'show', 'no-slash'], 'give its id, or vault/name'],
    [['status', '--timeout', '0'], '--timeout takes 1 to 3600 seconds.'],
    [['status', '--endpoint', 'ftp://x'], 'The endpoint must be a URL'],
    [['status', '--endpoint', 'http://kyok.example.com'], 'would travel unencrypted'],
  ])('%j gets one clear line', async (argv, text) => {
    const outcome = await kyok(argv, { env: { KYOK_API_KEY: apiKey, KYOK_ENDPOINT: 'http://127.0.0.1:9' } });
    expect(outcome.err).toContain(text);
    expect(outcome.err.trimEnd().split('\n').length).toBe(1);
    expect(outcome.code).toBe(2);
  });

  it('says that no server runs', async () => {
    const outcome = await kyok(['status'], { env: { KYOK_API_KEY: apiKey, KYOK_ENDPOINT: 'http://127.0.0.1:9' } });
    expect(outcome.code).toBe(6);
    expect(outcome.err).toMatch(/^kyok: No server at http:\/\/127.0.0.1:9: nothing listens there/);
  });

  it('says that no key is there, and sends the local one nowhere else', async () => {
    const { mkdtempSync, writeFileSync } = await import('node:fs');
    const folder = mkdtempSync('/tmp/kyok-cli-');
    const away = await kyok(['status'], { env: { KYOK_DATA_DIR: folder, KYOK_ENDPOINT: 'http://127.0.0.1:9' } });
    expect(away).toMatchObject({ code: 3 });
    expect(away.err).toContain('No API key');
    writeFileSync(`${folder}/admin.key`, 'kyok_local\n');
    const { server } = await served({ instance: () => ({ id, version: '1', profile: 'development', sealed: false, features: [] }) });
    expect((await kyok(['status'], { env: { KYOK_DATA_DIR: folder, KYOK_ENDPOINT: server.url } })).code).toBe(0);
    expect(server.asked[0]?.authorization).toBe('Bearer kyok_local');
    const elsewhere = await kyok(['status'], { env: { KYOK_DATA_DIR: folder, KYOK_ENDPOINT: 'https://kyok.example.com' } });
    expect(elsewhere.code).toBe(3);
  });

  it('says that a verifier key is none before it looks for a signature', async () => {
    for (const verb of ['verify', 'restore']) {
      const args = ['backup', verb, '/dev/null', '--identity', '/dev/null', '--public-key', 'abc', '--yes'];
      const ran = await kyok(verb === 'verify' ? args.slice(0, -1) : args);
      expect(ran).toMatchObject({ code: exitCodes.USAGE.code, err: expect.stringContaining('--public-key takes a verifier key') });
    }
  });

  it('says that a file is a folder, or its disk full', async () => {
    const folder = await kyok(['audit', 'verify', '/dev/null', '--public-key', '@/tmp'], {});
    expect(folder).toMatchObject({ code: exitCodes.USAGE.code, err: expect.stringContaining('it is a folder') });
    const full = asFailure(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
    expect(full).toMatchObject({ exit: 'USAGE', message: 'A file that was named: the disk is full' });
  });

  it('explains exit codes and commands', async () => {
    const codes = await kyok(['help', 'exit-codes']);
    for (const { code, text } of Object.values(exitCodes)) expect(codes.text).toContain(`${code}  ${text}`);
    expect((await kyok(['help', 'managed-key', 'rotate'])).text).toContain('Usage: kyok key rotate');
    expect((await kyok(['--help'])).code).toBe(0);
    expect((await kyok([])).code).toBe(2);
  });
});
