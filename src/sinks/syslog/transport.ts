import type { AuditRecord } from '../../domain/audit-event.js';
import type { SyslogOrigin } from './message.js';

/** How messages reach the receiver. */
export interface SyslogTransport {
  /** Connects where it must, and sends. */
  send(records: readonly AuditRecord[], origin: SyslogOrigin): Promise<void>;
  /** Connects where it must. */
  probe(): Promise<void>;
  close(): Promise<void>;
}
