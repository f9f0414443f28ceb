/** Files through the command and a real server; a large one, and the memory it takes, in `large-file.long.ts`. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kyok as command } from './fake-server.js';
import { kyokCommand, kyokProcess, type RealServer, realServer } from './real-server.js';

const megabyte = 1 << 20;
const chunkBytes = 64 * 1024;

describe('kyok encrypt FILE and decrypt FILE', () => {
  const folder = mkdtempSync('/tmp/kyok-files-');
  const key = 'Files/key';
  let server: RealServer;

  beforeAll(async () => {
    server = await realServer();
    await kyok('vault', 'create', '--name', 'Files');
    await kyok('keystore', 'create', '--vault', 'Files', '--type', 'internal', '--name', 'local');
    const recipe = ['--algorithm', 'AES', '--size', '256', '--target', 'internal:local'];
    await kyok('template', 'create', '--vault', 'Files', '--name', 'aes', ...recipe);
    await kyok('key', 'create', '--vault', 'Files', '--template', 'aes', '--label', 'key');
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function kyok(...args: string[]): Promise<string> {
    const ran = await command(args, { env: server.env });
    expect(ran.code, `${args.join(' ')}: ${ran.err}`).toBe(0);
    return ran.text;
  }

  function fileOf(name: string, content: string | Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  it.each([0, 1, chunkBytes, chunkBytes + 1])('brings back %i bytes', async (size) => {
    const content = Buffer.alloc(size, 'kyok');
    const source = fileOf(`bytes-${size}`, content);
    await kyok('encrypt', source, '--key', key);
    rmSync(source);
    await kyok('decrypt', `${source}.age`);
    expect(readFileSync(source).equals(content)).toBe(true);
    expect(statSync(source).mode & 0o777).toBe(0o600);
  });

  it('says in the header which key it wants and nothing more, and opens files of older versions of the key', async () => {
    const source = fileOf('rotated', 'hello');
    await kyok('encrypt', source, '--key', key);
    const { id } = JSON.parse(await kyok('key', 'show', key, '--output', 'json')) as { id: string };
    const [format, stanza] = readFileSync(`${source}.age`, 'latin1').split('\n');
    expect([format, stanza]).toEqual(['age-encryption.org/v1', `-> kyok ${id}`]);
    await kyok('key', 'rotate', key);
    expect(await kyok('decrypt', `${source}.age`, '--out', '-')).toBe('hello');
  });

  it('reads standard input and writes standard output', async () => {
    const encrypted = join(folder, 'piped.age');
    const ran = await kyokProcess(['encrypt', '-', '--key', key, '--out', encrypted], server.env, 'from a pipe');
    expect(ran.code, ran.err).toBe(0);
    expect(await kyok('decrypt', encrypted, '--out', '-')).toBe('from a pipe');
  });

  it('writes nothing from a file that was altered, cut off, or is none of kyok’s', async () => {
    const source = fileOf('altered', Buffer.alloc(3 * chunkBytes, 1));
    await kyok('encrypt', source, '--key', key);
    const whole = readFileSync(`${source}.age`);
    const flipped = (at: number) => {
      const copy = Buffer.from(whole);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    };
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(await generateIdentity()));
    const body = whole.indexOf('\n---') + 60;
    const cases: Readonly<Record<string, Uint8Array>> = {
      'first chunk altered': flipped(body + 100),
      'last byte altered': flipped(whole.length - 1),
      'header altered': flipped(whole.indexOf('\n---') + 10),
      'cut at the end of a chunk': whole.subarray(0, whole.length - chunkBytes - 16),
      'cut inside a chunk': whole.subarray(0, whole.length - 100),
      'cut inside the header': whole.subarray(0, 60),
      'somebody else’s': await encrypter.encrypt('not for kyok'),
      'no age file': Buffer.from('just text\n'),
      empty: new Uint8Array(),
    };
    for (const [name, content] of Object.entries(cases)) {
      const damaged = fileOf('damaged.age', content);
      const ran = await command(['decrypt', damaged], { env: server.env });
      expect(ran.code, `${name}: ${ran.err}`).toBe(8);
      expect(ran.err.trim().split('\n').length, name).toBe(1);
      expect(existsSync(join(folder, 'damaged')), name).toBe(false);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('replaces no file unasked, and names what is missing', async () => {
    const source = fileOf('there', 'mine');
    await kyok('encrypt', source, '--key', key);
    const refused = await command(['encrypt', source, '--key', key], { env: server.env });
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--replace') });
    await kyok('encrypt', source, '--key', key, '--replace');
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [['encrypt', join(folder, 'nowhere'), '--key', key], 2, 'there is no such file'],
      [['encrypt', source], 2, '--key must be given'],
      [['encrypt', source, '--key', 'Files/other'], 4, '"other"'],
      [['encrypt', folder, '--key', key], 2, 'not a file'],
      [['decrypt', source], 2, '--out'],
    ];
    for (const [args, code, text] of cases) {
      const ran = await command(args, { env: server.env });
      expect(ran.code, `${args.join(' ')}: ${ran.err}`).toBe(code);
      expect(ran.err).toContain(text);
    }
  });

  it('says of a key that cannot wrap that a file needs one that can', async () => {
    const recipe = ['--algorithm', 'EC', '--size', 'P-256', '--target', 'internal:local'];
    await kyok('template', 'create', '--vault', 'Files', '--name', 'ec', ...recipe);
    await kyok('key', 'create', '--vault', 'Files', '--template', 'ec', '--label', 'signs');
    const ran = await command(['encrypt', fileOf('unwrapped', 'mine'), '--key', 'Files/signs'], { env: server.env });
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('needs a key that wraps: an AES key. This one is EC.') });
    expect(existsSync(join(folder, 'unwrapped.age'))).toBe(false);
  });

  it('leaves nothing half done when it is interrupted', async () => {
    const source = fileOf('interrupted', Buffer.alloc(64 * megabyte));
    const child = spawn(process.execPath, [kyokCommand, 'encrypt', source, '--key', key], { env: { ...process.env, ...server.env } });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const part = () => readdirSync(folder).find((name) => name.startsWith('interrupted.age.'));
    while (!part() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(readdirSync(folder).filter((name) => name.startsWith('interrupted'))).toEqual(['interrupted']);
  });
});
