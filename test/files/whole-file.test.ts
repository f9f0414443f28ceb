import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renameDurably, unfinishedSuffix, writeWholeFile, writeWholeFileSync } from '../../src/files/whole-file.js';

describe('a whole file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kyok-whole-'));
    path = join(folder, 'state');
    writeFileSync(path, 'old', { mode: 0o644 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const writers = [
    ['in pieces', async (text: string) => await writeWholeFile(path, text.split('').map(Buffer.from as (piece: string) => Uint8Array))],
    ['at once', async (text: string) => writeWholeFileSync(path, text)],
  ] as const;

  it.each(writers)('%s replaces the old one, is its owner’s alone, and leaves nothing beside it', async (_name, write) => {
    await write('the new content');
    expect(readFileSync(path, 'utf8')).toBe('the new content');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['state']);
  });

  it('is not there before its content is, and not at all when the content fails to come', async () => {
    async function* failing() {
      yield Buffer.from('half');
      const [unfinished] = readdirSync(folder).filter((name) => name.endsWith(unfinishedSuffix));
      expect(statSync(join(folder, String(unfinished))).mode & 0o777).toBe(0o600);
      throw new Error('cut off');
    }
    await expect(writeWholeFile(path, failing())).rejects.toThrow('cut off');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['state']);
  });

  it('of two writers at a time is one of the two', async () => {
    const contents = ['a'.repeat(100_000), 'b'.repeat(100_000)];
    await Promise.all(contents.map((text) => writeWholeFile(path, [Buffer.from(text)])));
    expect(contents).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['state']);
  });

  it('takes the name of another', async () => {
    writeFileSync(join(folder, 'built'), 'built');
    await renameDurably(join(folder, 'built'), path);
    expect(readFileSync(path, 'utf8')).toBe('built');
    expect(readdirSync(folder)).toEqual(['state']);
  });
});
