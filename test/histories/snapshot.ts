/**
 * What a driver sees of an estate when a history is over and everything is quiet. Neutral: it may come out of a store,
 * out of a database, or over GraphQL. What a driver cannot see is `null`, and is then not checked.
 */
import type { AuditEvent } from '../../src/domain/audit-event.js';
import type { Situation } from './key-model.js';

export interface Snapshot {
  readonly vaults: readonly Holder[];
  readonly keystores: readonly KeystoreSeen[];
  readonly keyTemplates: readonly Holder[];
  readonly keys: readonly KeySeen[];
  readonly versions: readonly VersionSeen[];
  readonly instances: readonly InstanceSeen[];
  /** What keystores hold, ended copies too; `null` where the driver cannot look into them. */
  readonly copies: readonly CopySeen[] | null;
  readonly log: LogSeen;
  /** Blobs of key versions; `null` where the driver cannot see them. */
  readonly blobs: readonly BlobSeen[] | null;
  /** What became of everything that was encrypted, tried again at the end; see `Opened`. */
  readonly opened: readonly Opened[];
}

/** A vault, keystore or key template. */
export interface Holder {
  readonly id: string;
  readonly name: string;
  /** `null` for vaults. */
  readonly vaultId: string | null;
  readonly isRetired: boolean;
  readonly revision: number;
}

export interface KeystoreSeen extends Holder {
  readonly type: string;
}

export interface KeySeen {
  readonly id: string;
  readonly vaultId: string;
  readonly label: string;
  readonly revision: number;
  readonly situation: Situation;
  /** Number of the current version. */
  readonly version: number;
}

export interface VersionSeen {
  readonly keyId: string;
  readonly version: number;
  /** As the API says it: `ACTIVE`, `DESTROYED` … */
  readonly state: string;
  /** Lower-case hex; empty before the first material has come. */
  readonly fingerprint: string;
}

export interface InstanceSeen {
  readonly id: string;
  readonly keyId: string;
  readonly keystoreId: string;
  /** Whether a target of the key asks for it. */
  readonly isTargeted: boolean;
  readonly desired: 'ABSENT' | 'ACTIVE' | 'DEACTIVATED' | 'DESTROYED';
  readonly name: string;
  readonly status: string;
  readonly syncFlag: string;
  /** Code of its error. */
  readonly error: string | null;
  /** Whether something is still to be done for it. */
  readonly isDue: boolean;
}

/** A key as a keystore holds it. */
export interface CopySeen {
  readonly keystoreId: string;
  readonly keyId: string;
  readonly remoteId: string;
  readonly state: 'ACTIVE' | 'DEACTIVATED' | 'PENDING_DESTRUCTION' | 'DESTROYED';
  readonly name: string;
  readonly versions: readonly {
    readonly version: number | null;
    readonly fingerprint: string;
    readonly state: string;
    readonly isCurrent: boolean;
  }[];
}

export interface BlobSeen {
  readonly keyId: string;
  readonly version: number;
}

/** An item that was encrypted during the history, and what decrypting it gave at the end. */
export interface Opened {
  readonly keyId: string;
  /** The version that encrypted it. */
  readonly version: number;
  /** `null` when it came back as it had gone in; `DIFFERS` when something else came back; else the code of the refusal. */
  readonly fault: string | null;
}

export interface LogSeen {
  /** All records, in the order they were read in. */
  readonly records: readonly RecordSeen[];
  readonly head: HeadSeen;
  /** Heads seen earlier in this history, also before crashes. */
  readonly checkpoints: readonly HeadSeen[];
}

export interface RecordSeen {
  readonly index: number;
  readonly event: AuditEvent;
  /** As the log gave it; `null` where the driver cannot see it. */
  readonly leafHash: Uint8Array | null;
}

/** Size and root of the log. */
export interface HeadSeen {
  readonly size: number;
  readonly root: Uint8Array;
}
