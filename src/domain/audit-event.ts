import type { Id, JsonObject, Timestamp } from './entity.js';

/** `PENDING` announces what is about to be done outside the database; another event of the same request tells how it ended. */
export const auditOutcomes = ['SUCCESS', 'FAILURE', 'PENDING'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];
export const auditSeverities = ['NORMAL', 'WARNING', 'CRITICAL'] as const;
export type AuditSeverity = (typeof auditSeverities)[number];

/** One operation, done, refused or about to be done, as it goes into the audit log. */
export interface AuditEvent {
  /** Event shape's version. */
  readonly v: 1;
  readonly id: Id;
  readonly time: Timestamp;
  /** `noun.verb`, for example `managed-key.rotate`. */
  readonly action: string;
  /** IBM's name for the same, for example `hs-crypto.managed-keys.write`; `null` where it has none. */
  readonly ibmAction: string | null;
  readonly outcome: AuditOutcome;
  readonly severity: AuditSeverity;
  /** HTTP-like code and, for failures, the error code. */
  readonly reason: { readonly code: number; readonly type: string };
  readonly initiator: {
    readonly principalId: string;
    readonly name: string;
    readonly kind: string;
    /** Id of the API key or certificate used; `null` for the server itself. */
    readonly credentialId: string | null;
    readonly face: string;
    readonly address: string | null;
  };
  readonly target: { readonly kind: string; readonly id: string | null; readonly name: string | null; readonly vaultId: string | null };
  readonly requestId: string;
  /** How many items the operation covered. */
  readonly count: number;
  readonly dryRun: boolean;
  /** The canonical input with secrets as references, and what the operation adds (before, after). */
  readonly details: JsonObject;
}

/** An event in its place in the log. */
export interface AuditRecord {
  /** Counts from 0 without gaps. */
  readonly index: number;
  readonly event: AuditEvent;
  /** SHA-256(0x00 || canonical JSON of the event): RFC 9162 section 2.1.1. */
  readonly leafHash: Uint8Array;
}
