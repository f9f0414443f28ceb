/** Each invariant is seen to fail: a history that holds, and the same history with one thing wrong. */
import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.js';
import { appendLeaf, emptyFrontier, frontierRoot, leafHash } from '../../src/domain/audit-log.js';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import type { JsonValue } from '../../src/domain/entity.js';
import { auditEvent } from '../store/entities.js';
import { brokenInvariants, type History } from './invariants.js';
import type { LogSeen, RecordSeen, Snapshot } from './snapshot.js';
import type { Told } from './told.js';

const vault = { id: 'v', name: 'vault', vaultId: null, isRetired: false, revision: 1 };
const keystore = { id: 's', name: 'ring', vaultId: 'v', isRetired: false, revision: 1, type: 'internal' };
const target = { kind: 'managed-key', id: 'k', name: 'key', vaultId: 'v' };

const events: readonly AuditEvent[] = [
  auditEvent({ action: 'vault.create', requestId: 'r1', target: { kind: 'vault', id: 'v', name: 'vault', vaultId: 'v' } }),
  auditEvent({ action: 'keystore.create', requestId: 'r2', target: { kind: 'keystore', id: 's', name: 'ring', vaultId: 'v' } }),
  auditEvent({ action: 'managed-key.create', requestId: 'r3', target }),
  auditEvent({ action: 'managed-key.rotate', requestId: 'r4', target, details: { version: 2 } }),
];

const key = { id: 'k', vaultId: 'v', label: 'key', revision: 2, situation: 'ACTIVE', version: 2 } as const;
const versions = [1, 2].map((version) => ({ keyId: 'k', version, state: 'ACTIVE', fingerprint: `f${version}` }));
const instance: Snapshot['instances'][number] = {
  id: 'i',
  keyId: 'k',
  keystoreId: 's',
  isTargeted: true,
  desired: 'ACTIVE',
  name: 'key',
  status: 'ACTIVE',
  syncFlag: 'OK',
  error: null,
  isDue: false,
};
const copy: NonNullable<Snapshot['copies']>[number] = {
  keystoreId: 's',
  keyId: 'k',
  remoteId: 'remote',
  state: 'ACTIVE',
  name: 'key',
  versions: versions.map(({ version, fingerprint }) => ({ version, fingerprint, state: 'ACTIVE', isCurrent: version === 2 })),
};

function logOf(told: readonly AuditEvent[]): LogSeen {
  let frontier = emptyFrontier;
  const records = told.map((event, index): RecordSeen => {
    const hash = leafHash(canonicalJson(event as unknown as JsonValue));
    frontier = appendLeaf(frontier, hash).frontier;
    return { index, event, leafHash: hash };
  });
  return { records, head: { size: records.length, root: frontierRoot(frontier) }, checkpoints: [] };
}

const snapshot: Snapshot = {
  vaults: [vault],
  keystores: [keystore],
  keyTemplates: [],
  keys: [key],
  versions,
  instances: [instance],
  copies: [copy],
  log: logOf(events),
  blobs: versions.map(({ version }) => ({ keyId: 'k', version })),
  opened: [{ keyId: 'k', version: 1, fault: null }],
};

function asked(index: number, fields: Partial<Told> = {}): Told {
  const { action = '', requestId = '' } = events[index] ?? {};
  const ending = { kind: 'OK', createdId: null, key: null } as const;
  const times = { begunAt: index * 2, endedAt: index * 2 + 1 };
  return { requestId, action, effect: 'CHANGE', subjectId: null, clientToken: null, isDryRun: false, ...times, ending, ...fields };
}

const told = events.map((_, index) => asked(index));

/** The names of the invariants that do not hold. */
const namesOf = (history: Partial<Snapshot>, others: readonly Told[] = told): readonly string[] => {
  const whole: History = { snapshot: { ...snapshot, ...history }, told: others };
  return [...new Set(brokenInvariants(whole).map(({ invariant }) => invariant))];
};

const lost = 'no key is lost';
const twice = 'nothing is there twice';
const half = 'nothing is half moved';
const untold = 'every change is told in the audit log, and once';
const verifies = 'the audit log verifies';

describe('the invariants', () => {
  test('hold of a history in which all is well', () => {
    expect(brokenInvariants({ snapshot, told })).toEqual([]);
  });

  const wrong: readonly [string, Partial<Snapshot>, string][] = [
    ['a key that is gone', { keys: [] }, lost],
    ['a version that is gone', { versions: versions.slice(0, 1) }, lost],
    ['a version that went back', { keys: [{ ...key, version: 1 }] }, lost],
    ['a move that nobody told', { keys: [{ ...key, situation: 'DEACTIVATED' }] }, lost],
    ['material that does not open what it encrypted', { opened: [{ keyId: 'k', version: 1, fault: 'CIPHERTEXT_INVALID' }] }, lost],
    ['material that opens to something else', { opened: [{ keyId: 'k', version: 1, fault: 'DIFFERS' }] }, lost],
    ['a second key of the same label', { keys: [key, { ...key, id: 'k2' }] }, twice],
    ['a second copy', { copies: [copy, { ...copy, remoteId: 'other' }] }, twice],
    ['a second blob of a version', { blobs: [...(snapshot.blobs ?? []), { keyId: 'k', version: 1 }] }, twice],
    ['a second instance in a keystore', { instances: [instance, { ...instance, id: 'i2' }] }, twice],
    ['an instance that is still due', { instances: [{ ...instance, isDue: true }] }, half],
    ['an instance with an error', { instances: [{ ...instance, error: 'KEYSTORE_REFUSED' }] }, half],
    ['a desire that does not follow the key', { instances: [{ ...instance, desired: 'DEACTIVATED' }] }, half],
    ['a copy that is not active', { copies: [{ ...copy, state: 'DEACTIVATED' }] }, half],
    ['a copy without the last version', { copies: [{ ...copy, versions: copy.versions.slice(0, 1) }] }, half],
    ['a copy that no instance speaks of', { instances: [] }, half],
    ['a version whose blob is gone', { blobs: [] }, half],
    ['a revision without a record', { vaults: [{ ...vault, revision: 2 }] }, untold],
    ['a record that nobody asked for', { log: logOf([...events, auditEvent({ action: 'managed-key.sync', target })]) }, untold],
    ['a move that cannot be', { log: logOf([...events, auditEvent({ action: 'managed-key.activate', target })]) }, untold],
    ['a gap in the log', { log: { ...snapshot.log, records: snapshot.log.records.filter(({ index }) => index !== 1) } }, verifies],
    ['another root', { log: { ...snapshot.log, head: { size: events.length, root: new Uint8Array(32) } } }, verifies],
    ['another past', { log: { ...snapshot.log, checkpoints: [{ size: 2, root: new Uint8Array(32) }] } }, verifies],
    ['a shorter log than before', { log: { ...snapshot.log, checkpoints: [{ size: 9, root: new Uint8Array(32) }] } }, verifies],
  ];
  test.each(wrong)('find %s', (_, history, invariant) => {
    expect(namesOf(history)).toContain(invariant);
  });

  test('find an acknowledged request without a record, and a refused one that was done', () => {
    expect(namesOf({}, [...told, asked(3, { requestId: 'r5' })])).toContain(untold);
    expect(namesOf({}, [...told.slice(0, 3), asked(3, { ending: { kind: 'REFUSED', code: 'KEY_STATE_FORBIDS' } })])).toContain(untold);
    expect(namesOf({}, [...told, asked(3, { requestId: 'r5', ending: { kind: 'UNKNOWN' } })])).toEqual([]);
  });

  test('find records in another order than clients saw them', () => {
    expect(namesOf({}, [...told.slice(0, 2), asked(2, { begunAt: 10, endedAt: 11 }), asked(3)])).toContain(untold);
  });

  test('find two things made with one client token', () => {
    const first = asked(2, { clientToken: 't', ending: { kind: 'OK', createdId: 'k', key: null } });
    const second = asked(3, { action: 'managed-key.create', clientToken: 't', ending: { kind: 'OK', createdId: 'k2', key: null } });
    expect(namesOf({}, [first, second])).toContain(twice);
  });

  test('find that an answer promised more than there is', () => {
    const answer = { id: 'k', revision: 3, situation: 'ACTIVE', version: 3 } as const;
    expect(namesOf({}, [...told.slice(0, 3), asked(3, { ending: { kind: 'OK', createdId: null, key: answer } })])).toContain(lost);
  });
});
