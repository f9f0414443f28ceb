import { bytesToHex } from '@noble/hashes/utils.js';
import type { AuditRecord } from './audit-event.js';

/** An event as one line of JSON without the line's end: a line of an export (see audit-export.ts), which verifies as one. */
export function auditLine({ index, event, leafHash }: AuditRecord): string {
  return JSON.stringify({ index, event, leafHash: bytesToHex(leafHash) });
}

/** The same without the event's details, and marked so, for transports that bound a message. */
export function shortAuditLine({ index, event, leafHash }: AuditRecord): string {
  const { details: _details, ...rest } = event;
  return JSON.stringify({ index, event: rest, leafHash: bytesToHex(leafHash), truncated: true });
}
