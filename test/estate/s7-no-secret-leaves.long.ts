/**
 * S7: one run of everything on a production server, then all that it leaves behind is searched for the secrets of that run:
 * the data folder, logs, what clients printed and wrote, and the server's whole memory.
 *
 * What is promised: keys, their parts and the device key are in none of these. API keys are in no file and no log (but in
 * the file their owner asked for); the server has them in memory while it answers, and after that until the memory is used
 * again. Crypto units hold keys in memory: that is what they are for.
 */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { combineKeyParts, openKeyPart, readKeyPartFile } from '../../src/domain/key-part.js';
import { kyokProcess, type Ran, type RealServer, realServer, run } from '../cli/real-server.js';
import { describeWith } from '../programs.js';
import { type KnownSecret, searchFor } from './secret-search.js';

const hasGcore = spawnSync('gcore', ['--help']).error === undefined;
const passphrase = `${randomBytes(12).toString('hex')} s7`;
const marker = `marker-${randomBytes(12).toString('hex')}`;

/** A folder on another volume than the temporary folder: production wants the device key apart from the data. */
function otherVolume(): string | undefined {
  return ['/dev/shm', '/run', '/var/tmp', process.cwd()].find(
    (path) => existsSync(path) && statSync(path).dev !== statSync(tmpdir()).dev && statfsSync(path).bavail > 1000,
  );
}

describeWith('gcore (of gdb)', hasGcore && otherVolume() !== undefined, 'S7: after one run of everything', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-s7-'));
  const dataDir = join(folder, 'data');
  const outputs = join(folder, 'outputs');
  const log = join(folder, 'server.log');
  const keyFolder = mkdtempSync(join(otherVolume() ?? tmpdir(), 'kyok-s7-'));
  const inputs = join(folder, 'inputs');
  const keys: KnownSecret[] = [];
  const tokens: KnownSecret[] = [];
  const dumps: { readonly server: string[]; readonly unit: string[] } = { server: [], unit: [] };
  let server: RealServer;
  let saying = '';

  const kyok = async (args: readonly string[], { fails = false } = {}): Promise<Ran> => {
    const ran = await kyokProcess(args, server ? server.env : settings);
    told(args.join(' '), ran);
    expect(ran.code === 0, `${args.join(' ')}: ${ran.err}`).toBe(!fails);
    return ran;
  };
  const told = (what: string, { out, err }: Ran) => {
    saying += `${what}\n${out}\n${err}\n`;
  };
  const input = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(join(inputs, name), bytes, { mode: 0o600 });
    return join(inputs, name);
  };
  const settings = {
    KYOK_PROFILE: 'production',
    KYOK_DATA_DIR: dataDir,
    KYOK_LOG_LEVEL: 'info',
    KYOK_HSM_DEVICE_KEY_FILE: join(keyFolder, 'device.key'),
    KYOK_DESTROY_WAIT_SECONDS: '0',
    KYOK_PENDING_DESTRUCTION_SECONDS: '0',
    KYOK_ROTATION_WAIT_SECONDS: '0',
  };
  const start = async () => {
    server = await realServer(settings, (text) => writeFileSync(log, text, { flag: 'a' }));
  };
  const dump = (pid: number, into: string[]) => {
    const dumped = spawnSync('gcore', ['-o', join(folder, 'core'), String(pid)], { encoding: 'utf8' });
    const path = join(folder, `core.${pid}`);
    if (!existsSync(path)) throw new Error(`gcore: ${dumped.stdout}${dumped.stderr}`);
    into.push(path);
  };
  const unitIds = () =>
    spawnSync('pgrep', ['-P', String(server.process.pid)], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
      .map(Number);

  beforeAll(async () => {
    for (const path of [dataDir, outputs, inputs]) mkdirSync(path, { mode: 0o700 });
    const deviceKey = randomBytes(32);
    writeFileSync(settings.KYOK_HSM_DEVICE_KEY_FILE, deviceKey.toString('hex'), { mode: 0o600 });
    chmodSync(settings.KYOK_HSM_DEVICE_KEY_FILE, 0o600);
    keys.push({ name: 'device key', bytes: deviceKey });
    await everything();
  }, 900_000);

  afterAll(async () => {
    await server?.stop();
    for (const path of [folder, keyFolder]) rmSync(path, { recursive: true, force: true });
  });

  /** The ceremony, the demo, imports, uses, a restart; secrets that are made on the way are noted. */
  async function everything(): Promise<void> {
    const reset = await kyokProcess(['admin', 'reset', '--yes'], settings);
    expect(reset.code, reset.err).toBe(0);
    told('reset', reset);
    tokens.push(...tokenIn('administrator', join(dataDir, 'admin.key')));
    await start();
    const parts = [join(inputs, 'part-1.json'), join(inputs, 'part-2.json')];
    const withPassphrase = ['--passphrase-file', input('passphrase', `${passphrase}\n`)];
    await kyok(['hsm', 'new-part', ...parts, ...withPassphrase]);
    const clear = await Promise.all(
      parts.map(async (path) => (await openKeyPart(readKeyPartFile(readFileSync(path, 'utf8')), passphrase)).bytes),
    );
    keys.push({ name: 'master key', bytes: combineKeyParts(clear) }, { name: 'passphrase', bytes: Buffer.from(passphrase) });
    for (const [index, bytes] of clear.entries()) keys.push({ name: `master key part ${index + 1}`, bytes });
    await kyok(['hsm', 'init', ...parts, ...withPassphrase, '--yes']);
    told('demo', await run(['examples/retail-banking/demo.mjs'], server.env));
    await imports();
    await uses();
    await server.stop();
    await start();
    await uses();
    await kyok(['key', 'rotate', `${marker}/hmac`]);
    await kyok(['key', 'versions', `${marker}/rsa`, '--output', 'json']);
    await kyok(['audit', 'list', '--output', 'json']);
    await kyok(['hsm', 'status', '--output', 'json']);
    dump(server.process.pid ?? 0, dumps.server);
    dump(unitIds()[0] ?? 0, dumps.unit);
    await kyok(['audit', 'export', join(outputs, 'audit.jsonl')]);
  }

  async function imports(): Promise<void> {
    await kyok(['vault', 'create', '--name', marker]);
    await kyok(['keystore', 'create', '--vault', marker, '--type', 'internal', '--name', 'ring', '--group', 'all']);
    const aes = randomBytes(32);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const hmac = randomBytes(64);
    keys.push({ name: 'imported AES key', bytes: aes }, { name: 'imported HMAC key', bytes: hmac });
    const jwk = rsa.export({ format: 'jwk' });
    for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const)
      keys.push({ name: `imported RSA key, ${part}`, bytes: Buffer.from(jwk[part] ?? '', 'base64url') });
    const into = ['--vault', marker, '--target', 'internal:all', '--initial-state', 'ACTIVE'];
    await kyok(['key', 'import', input('aes', aes), ...into, '--label', 'aes', '--algorithm', 'AES', '--size', '256']);
    await kyok([
      'key',
      'import',
      input('hmac', hmac.toString('hex')),
      '--encoding',
      'HEX',
      ...into,
      '--label',
      'hmac',
      '--algorithm',
      'HMAC',
      '--size',
      '512',
    ]);
    const pem = input('rsa.pem', rsa.export({ format: 'pem', type: 'pkcs8' }));
    await kyok(['key', 'import', pem, ...into, '--label', 'rsa', '--algorithm', 'RSA', '--size', '2048']);
    // What does not fit is refused, and no error says what it was.
    await kyok(['key', 'import', input('again', aes), ...into, '--label', 'wrong', '--algorithm', 'HMAC', '--size', '512'], {
      fails: true,
    });
    await kyok(['principal', 'create', '--name', 'robot', '--kind', 'SERVICE']);
    await kyok(['api-key', 'create', '--principal', 'robot', '--name', 'robot', '--out', join(inputs, 'robot.key')]);
    tokens.push(...tokenIn('robot', join(inputs, 'robot.key')));
    const robot = { ...server.env, KYOK_API_KEY: readFileSync(join(inputs, 'robot.key'), 'utf8').trim() };
    told('robot', await kyokProcess(['vault', 'list'], robot));
    told('robot', await kyokProcess(['key', 'destroy', `${marker}/aes`, '--yes'], robot));
    told('stranger', await kyokProcess(['vault', 'list'], { ...server.env, KYOK_API_KEY: `${robot.KYOK_API_KEY.slice(0, -4)}AAAA` }));
  }

  async function uses(): Promise<void> {
    const { out } = await kyok(['key', 'encrypt', `${marker}/aes`, '--text', 'hello']);
    await kyok(['key', 'decrypt', `${marker}/aes`, '--base64', out.trim()]);
    await kyok(['wrap', `${marker}/aes`, '--text', 'a data key']);
    await kyok(['mac', `${marker}/hmac`, '--text', 'hello']);
    await kyok(['sign', `${marker}/rsa`, '--text', 'hello']);
  }

  it('the data folder holds no secret, in database, journal, HSM state or anything else', () => {
    expect(existsSync(join(dataDir, 'kyok.db'))).toBe(true);
    expect(searchFor(keys).inFolder(dataDir)).toEqual([]);
    // The administrator's own file is where the administrator is told to find it.
    expect(searchFor(tokens).inFolder(dataDir, ['admin.key'])).toEqual([]);
  });

  it('neither do the logs, nor what clients print and write', () => {
    expect(readFileSync(log, 'utf8')).toContain('kyok is ready at');
    const search = searchFor([...keys, ...tokens]);
    expect(search.inFile(log)).toEqual([]);
    expect(saying).toContain('Done: ');
    expect(search.inBytes('what clients printed', Buffer.from(saying))).toEqual([]);
    expect(search.inFolder(outputs)).toEqual([]);
  });

  it("the server's memory holds no key, and the same search finds what is there", { timeout: 240_000 }, () => {
    const [core = ''] = dumps.server;
    const hits = searchFor([...keys, { name: 'marker', bytes: Buffer.from(marker) }]).inFile(core);
    expect(hits.filter(({ secret }) => secret !== 'marker')).toEqual([]);
    expect(hits.length).toBeGreaterThan(0);
  });

  it('while a crypto unit, whose work it is, has them', { timeout: 240_000 }, () => {
    const [core = ''] = dumps.unit;
    const found = new Set(
      searchFor(keys)
        .inFile(core)
        .map(({ secret }) => secret),
    );
    expect([...found]).toContain('master key');
  });
});

/** A token is text; the server also has to do with the bytes that it stands for. */
function tokenIn(name: string, path: string): KnownSecret[] {
  const text = readFileSync(path, 'utf8')
    .trim()
    .replace(/^kyok_/, '');
  return [
    { name: `API key of ${name}, as text`, bytes: Buffer.from(text) },
    { name: `API key of ${name}`, bytes: Buffer.from(text, 'base64url') },
  ];
}
