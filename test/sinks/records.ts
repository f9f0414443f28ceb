import { createHash } from 'node:crypto';
import type { AuditEvent, AuditRecord } from '../../src/domain/audit-event.js';

/** An audit record; what a test cares about is given. */
export function auditRecord(index: number, fields: Partial<AuditEvent> = {}): AuditRecord {
  const event: AuditEvent = {
    v: 1,
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    time: '2030-01-01T00:00:00.000Z',
    action: 'managed-key.encrypt',
    ibmAction: null,
    outcome: 'SUCCESS',
    severity: 'NORMAL',
    reason: { code: 200, type: 'OK' },
    initiator: { principalId: 'p', name: 'Ada', kind: 'USER', credentialId: null, face: 'graphql', address: '127.0.0.1' },
    target: { kind: 'managed-key', id: 'k', name: 'k', vaultId: 'v' },
    requestId: 'r',
    count: 1,
    dryRun: false,
    details: {},
    ...fields,
  };
  return { index, event, leafHash: createHash('sha256').update(JSON.stringify(event)).digest() };
}
