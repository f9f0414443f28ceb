import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditLine } from '../../src/domain/audit-line.js';
import { fileSink } from '../../src/sinks/file/file-sink.js';
import { auditRecord } from './records.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kyok-sink-'));
  path = join(folder, 'audit.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (file = path) => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const indexes = (file = path) => lines(file).map((line) => (JSON.parse(line) as { index: number }).index);

describe('the file sink', () => {
  it('writes one JSON line per event into a file that only its owner reads', async () => {
    const sink = fileSink({ path });
    await sink.deliver([auditRecord(0), auditRecord(1, { initiator: { ...auditRecord(1).event.initiator, name: 'line\nbreak' } })]);
    await sink.deliver([auditRecord(2)]);
    await sink.close();
    expect(indexes()).toEqual([0, 1, 2]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(lines()[0]).toBe(auditLine(auditRecord(0)));
  });

  it('goes on in a new file when the old one was renamed, with or without a signal', async () => {
    const sink = fileSink({ path });
    await sink.deliver([auditRecord(0)]);
    renameSync(path, `${path}.1`);
    await sink.deliver([auditRecord(1)]);
    renameSync(path, `${path}.2`);
    await sink.reopen();
    await sink.probe();
    expect(existsSync(path)).toBe(true);
    await sink.deliver([auditRecord(2)]);
    await sink.close();
    expect([indexes(`${path}.1`), indexes(`${path}.2`), indexes()]).toEqual([[0], [1], [2]]);
  });

  it('takes away a last line that was cut short, tells where it is, and leaves what is not its own', async () => {
    const whole = `${auditLine(auditRecord(0))}\n${auditLine(auditRecord(1))}\n`;
    writeFileSync(path, `${whole}{"index":2,"ev`);
    const sink = fileSink({ path });
    expect((await sink.last?.())?.index).toBe(1);
    await sink.deliver([auditRecord(2)]);
    await sink.close();
    expect(indexes()).toEqual([0, 1, 2]);

    appendFileSync(path, 'somebody else wrote this');
    const before = readFileSync(path, 'utf8');
    const other = fileSink({ path });
    await expect(other.deliver([auditRecord(3)])).rejects.toThrow(/last line is not one of kyok/);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('does so however long that line is', async () => {
    const long = auditRecord(1, { details: { reason: 'x'.repeat(3 * 1024 * 1024) } });
    const sink = fileSink({ path });
    await sink.deliver([auditRecord(0), long]);
    expect(await sink.last?.()).toMatchObject({ index: 1 });
    await sink.close();
    writeFileSync(path, readFileSync(path).subarray(0, -10));
    const again = fileSink({ path });
    expect(await again.last?.()).toMatchObject({ index: 0 });
    await again.deliver([long]);
    await again.close();
    expect(indexes()).toEqual([0, 1]);
  });

  it('says so when the disk is full or the folder is gone', async () => {
    const full = fileSink({ path: '/dev/full' });
    await expect(full.deliver([auditRecord(0)])).rejects.toThrow('the audit file /dev/full cannot be written (ENOSPC)');
    const nowhere = fileSink({ path: join(folder, 'absent', 'audit.jsonl') });
    await expect(nowhere.probe()).rejects.toThrow(/ENOENT/);
  });
});
