import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ExportLine, rightSiblings, verifyExport } from '../../src/domain/audit-export.js';
import { frontierRoot, leafHash } from '../../src/domain/audit-log.js';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import { logOf } from './merkle-model.js';

async function exported(size: number, withSiblings = true) {
  const events = Array.from({ length: size }, (_, n) => ({ v: 1, id: `event-${n}`, action: 'managed-key.rotate' }));
  const leaves = events.map((event) => leafHash(canonicalJson(event)));
  const log = logOf(leaves);
  const lines: ExportLine[] = [];
  for (const [index, event] of events.entries()) {
    const right = withSiblings ? { right: (await rightSiblings(index, size, log.lookup)).map((hash) => bytesToHex(hash)) } : {};
    lines.push({ index, event, leafHash: bytesToHex(leaves[index] as Uint8Array), ...right });
  }
  return { lines, head: { size, root: frontierRoot(log.frontier) } };
}

/** A forger rewrites what a line says of itself, so that only the tree can tell. */
const forged = (line: ExportLine, index: number, event = line.event): ExportLine => ({
  ...line,
  index,
  event,
  leafHash: bytesToHex(leafHash(canonicalJson(event))),
});
const renumbered = (lines: readonly ExportLine[]) => lines.map((line, index) => ({ ...line, index }));

const cases = fc
  .integer({ min: 2, max: 70 })
  .chain((size) => fc.record({ size: fc.constant(size), at: fc.nat(size - 1), to: fc.nat(size - 1) }));

describe('S16: one event deleted, edited or reordered is found, and its index named', () => {
  test('an untouched export verifies, with one sibling hash per event', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 70 }), fc.boolean(), async (size, withSiblings) => {
        const { lines, head } = await exported(size, withSiblings);
        expect(await verifyExport(lines, head)).toEqual({ ok: true, size });
        if (withSiblings && size > 0) expect(lines.flatMap((line) => line.right ?? [])).toHaveLength(size - 1);
      }),
    );
  });

  test('edited, even with its hash rewritten', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, at }) => {
        const { lines, head } = await exported(size);
        const line = lines[at] as ExportLine;
        expect(await verifyExport(lines.with(at, { ...line, event: { forged: true } }), head)).toMatchObject({
          index: at,
          fault: 'EVENT_ALTERED',
        });
        expect(await verifyExport(lines.with(at, forged(line, at, { forged: true })), head)).toMatchObject({
          index: at,
          fault: 'NOT_IN_TREE',
        });
      }),
    );
  });

  test('deleted, even with the rest renumbered', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, at }) => {
        const { lines, head } = await exported(size);
        const rest = lines.toSpliced(at, 1);
        expect(await verifyExport(rest, head)).toMatchObject({ ok: false, index: at });
        expect(await verifyExport(renumbered(rest), head)).toMatchObject({ ok: false, index: at });
      }),
    );
  });

  test('reordered, even with the indexes rewritten', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, at, to }) => {
        fc.pre(at !== to);
        const { lines, head } = await exported(size);
        const swapped = lines.with(at, lines[to] as ExportLine).with(to, lines[at] as ExportLine);
        const index = Math.min(at, to);
        expect(await verifyExport(swapped, head)).toMatchObject({ ok: false, index, fault: 'OUT_OF_ORDER' });
        expect(await verifyExport(renumbered(swapped), head)).toMatchObject({ ok: false, index });
        const events = lines
          .with(at, forged(lines[at] as ExportLine, at, lines[to]?.event))
          .with(to, forged(lines[to] as ExportLine, to, lines[at]?.event));
        expect(await verifyExport(events, head)).toMatchObject({ ok: false, index, fault: 'NOT_IN_TREE' });
      }),
    );
  });

  test('inserted, or events that no checkpoint covers', async () => {
    const { lines, head } = await exported(5);
    const extra = { index: 5, event: { extra: true } };
    expect(await verifyExport([...lines, extra], head)).toEqual({ ok: false, index: 5, fault: 'NOT_COVERED' });
    expect(await verifyExport(renumbered(lines.toSpliced(2, 0, extra)), head)).toMatchObject({ ok: false, index: 3 });
  });

  test('sibling hashes that were altered or left out at one line', async () => {
    const { lines, head } = await exported(8);
    expect(await verifyExport(lines.with(0, { ...(lines[0] as ExportLine), right: [] }), head)).toMatchObject({
      index: 0,
      fault: 'NOT_IN_TREE',
    });
    const bad = { ...(lines[4] as ExportLine), right: ['00'.repeat(32), 'zz'] };
    expect(await verifyExport(lines.with(4, bad), head)).toMatchObject({ index: 4, fault: 'NOT_IN_TREE' });
  });

  test('without sibling hashes a consistent forgery is still refused, though nobody can say where', async () => {
    const { lines, head } = await exported(6, false);
    const line = lines[3] as ExportLine;
    expect(await verifyExport(lines.with(3, forged(line, 3, { forged: true })), head)).toEqual({
      ok: false,
      index: null,
      fault: 'ROOT_DIFFERS',
    });
    expect(await verifyExport(lines.with(3, { ...line, event: { forged: true } }), head)).toEqual({
      ok: false,
      index: 3,
      fault: 'EVENT_ALTERED',
    });
  });

  test('an event that is no JSON value', async () => {
    const { lines, head } = await exported(3);
    expect(await verifyExport(lines.with(1, { index: 1, event: '\ud800' }), head)).toEqual({ ok: false, index: 1, fault: 'MALFORMED' });
  });
});

describe('S14: an export is held against a checkpoint that a witness kept', () => {
  test('it continues every earlier state of its own log, and of no other', async () => {
    const { lines, head } = await exported(40);
    for (const size of [0, 1, 7, 32, 39, 40]) {
      const { head: earlier } = await exported(size);
      expect(await verifyExport(lines, head, earlier)).toEqual({ ok: true, size: 40 });
      const other = { size, root: new Uint8Array(32).fill(size) };
      expect(await verifyExport(lines, head, other)).toEqual({ ok: false, index: null, fault: 'WITNESS_DIFFERS' });
    }
    const { head: later } = await exported(41);
    expect(await verifyExport(lines, head, later)).toEqual({ ok: false, index: null, fault: 'BEHIND_WITNESS' });
  });
});
