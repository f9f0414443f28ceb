/** RFC 5424: one audit event as a syslog message. */
import { hostname } from 'node:os';
import type { AuditEvent, AuditRecord } from '../../domain/audit-event.js';
import { auditLine, shortAuditLine } from '../../domain/audit-line.js';

/** Facility 13, "log audit" (RFC 5424 section 6.2.1). */
const facility = 13;

/** Severities of RFC 5424: what was done is notable at most; what was refused or failed is a warning or an error. */
const severities = {
  done: { NORMAL: 6, WARNING: 5, CRITICAL: 4 },
  failed: { NORMAL: 4, WARNING: 4, CRITICAL: 3 },
} as const;

/** Largest datagram: what every receiver should take (RFC 5426 section 3.2). */
export const maxDatagramBytes = 2048;

/** What of a message does not depend on the event. */
export interface SyslogOrigin {
  readonly hostname: string;
  readonly processId: number;
  readonly version: string;
}

export function localOrigin(version: string): SyslogOrigin {
  return { hostname: hostname(), processId: process.pid, version };
}

/**
 * The message of an event: header, `origin` as structured data, and the event's JSON line in ASCII, which is valid UTF-8
 * without the byte order mark that RFC 5424 section 6.4 asks of other text.
 */
export function syslogMessage(record: AuditRecord, origin: SyslogOrigin): Buffer {
  return Buffer.from(`${header(record.event, origin)} ${ascii(auditLine(record))}`, 'latin1');
}

/** The message within a datagram: a line that is too long goes without the event's details, then cut. */
export function syslogDatagram(record: AuditRecord, origin: SyslogOrigin): Buffer {
  const whole = syslogMessage(record, origin);
  if (whole.length <= maxDatagramBytes) return whole;
  const short = Buffer.from(`${header(record.event, origin)} ${ascii(shortAuditLine(record))}`, 'latin1');
  return short.subarray(0, maxDatagramBytes);
}

/** A message on a stream, by octet counting (RFC 6587 section 3.4.1, RFC 5425 section 4.3). */
export function syslogFrame(record: AuditRecord, origin: SyslogOrigin): Buffer {
  const message = syslogMessage(record, origin);
  return Buffer.concat([Buffer.from(`${message.length} `, 'latin1'), message]);
}

function header(event: AuditEvent, origin: SyslogOrigin): string {
  const priority = facility * 8 + severities[event.outcome === 'FAILURE' ? 'failed' : 'done'][event.severity];
  const data = `[origin software="kyok" swVersion="${printable(origin.version, 32).replace(/["\\\]]/g, '')}"]`;
  const name = printable(origin.hostname, 255);
  return `<${priority}>1 ${event.time} ${name} kyok ${origin.processId} ${printable(event.action, 32)} ${data}`;
}

/** PRINTUSASCII of at most so many octets; the nil value where nothing is left. */
function printable(text: string, max: number): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, max) || '-';
}

function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
