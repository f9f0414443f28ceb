/** A snapshot of a server's estate out of its database. */
import type { AuditEvent } from '../../src/domain/audit-event.js';
import { type NodeLookup, treeRoot } from '../../src/domain/audit-log.js';
import { situationFrom } from '../histories/key-model.js';
import type { CopySeen, HeadSeen, InstanceSeen, KeySeen, LogSeen, Opened, Snapshot, VersionSeen } from '../histories/snapshot.js';
import type { Database, Reading, Row } from './database.js';

/** What was seen beside the database. */
export interface SeenBeside {
  readonly opened: readonly Opened[];
  readonly checkpoints: readonly HeadSeen[];
}

/** Reads the estate; everything in it belongs to one moment. */
export async function snapshotOf(database: Database, beside: SeenBeside): Promise<Snapshot> {
  return await database.read(async (reading) => ({
    ...(await holders(reading)),
    keys: (await reading.rows('SELECT * FROM managed_key')).map(keyOf),
    versions: (await reading.rows('SELECT * FROM key_version')).map(versionOf),
    instances: (await reading.rows('SELECT * FROM key_instance')).map(instanceOf),
    copies: await copies(reading),
    blobs: (
      await reading.rows('SELECT v.managed_key_id AS key_id, v.version AS version FROM key_blob b JOIN key_version v ON v.id = b.owner_id')
    ).map((row) => ({ keyId: text(row.key_id), version: Number(row.version) })),
    log: { ...(await log(reading)), checkpoints: beside.checkpoints },
    opened: beside.opened,
  }));
}

/** Whether anything is still to be done for a key instance, as the server itself sees it. */
export async function isQuiet(database: Database): Promise<boolean> {
  return await database.read(async (reading) => {
    const [row] = await reading.rows('SELECT count(*) AS due FROM key_instance WHERE next_attempt_at IS NOT NULL');
    return Number(row?.due) === 0;
  });
}

const text = (value: unknown): string => String(value);
const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
const json = <T>(value: unknown): T => JSON.parse(String(value)) as T;

async function holders(reading: Reading): Promise<Pick<Snapshot, 'vaults' | 'keystores' | 'keyTemplates'>> {
  const holder = (row: Row) => ({
    id: text(row.id),
    name: text(row.name),
    vaultId: textOrNull(row.vault_id),
    isRetired: row.state === 'RETIRED',
    revision: Number(row.revision),
  });
  return {
    vaults: (await reading.rows('SELECT * FROM vault')).map(holder),
    keystores: (await reading.rows('SELECT * FROM keystore')).map((row) => ({ ...holder(row), type: text(row.type) })),
    keyTemplates: (await reading.rows('SELECT * FROM key_template')).map(holder),
  };
}

function keyOf(row: Row): KeySeen {
  return {
    id: text(row.id),
    vaultId: text(row.vault_id),
    label: text(row.label),
    revision: Number(row.revision),
    situation: situationFrom(text(row.state), row.destroy_at !== null),
    version: Number(row.version),
  };
}

function versionOf(row: Row): VersionSeen {
  const [pattern] = json<{ value: string }[]>(row.verification_patterns);
  return {
    keyId: text(row.managed_key_id),
    version: Number(row.version),
    state: text(row.state),
    fingerprint: pattern?.value.toLowerCase() ?? '',
  };
}

function instanceOf(row: Row): InstanceSeen {
  return {
    id: text(row.id),
    keyId: text(row.managed_key_id),
    keystoreId: text(row.keystore_id),
    isTargeted: row.target_id !== null,
    desired: text(row.desired_state) as InstanceSeen['desired'],
    name: text(row.name),
    status: text(row.status),
    syncFlag: text(row.sync_flag),
    error: row.error === null ? null : (json<{ code: string } | null>(row.error)?.code ?? null),
    isDue: row.next_attempt_at !== null,
  };
}

/** What the rings of internal keystores hold. */
async function copies(reading: Reading): Promise<CopySeen[]> {
  const versions = await reading.rows('SELECT * FROM kms_key_version ORDER BY version');
  const keys = await reading.rows(
    'SELECT k.*, r.keystore_id FROM kms_key k JOIN key_ring r ON r.id = k.ring_id WHERE k.managed_key_id IS NOT NULL AND r.keystore_id IS NOT NULL',
  );
  return keys.map((key) => {
    const held = versions.filter((version) => version.kms_key_id === key.id);
    return {
      keystoreId: text(key.keystore_id),
      keyId: text(key.managed_key_id),
      remoteId: text(key.id),
      state: key.state !== 'DESTROYED' && key.pending_until !== null ? 'PENDING_DESTRUCTION' : ringState(key.state),
      name: text(key.name),
      versions: held.map((version, place) => ({
        version: Number(version.version),
        fingerprint: text(version.fingerprint),
        state: ringState(version.state),
        isCurrent: place === held.length - 1,
      })),
    };
  });
}

function ringState(state: unknown): 'ACTIVE' | 'DEACTIVATED' | 'DESTROYED' {
  return state === 'ACTIVE' || state === 'DESTROYED' ? state : 'DEACTIVATED';
}

async function log(reading: Reading): Promise<Pick<LogSeen, 'records' | 'head'>> {
  const rows = await reading.rows('SELECT log_index, leaf_hash, body FROM audit_event ORDER BY log_index');
  const records = rows.map((row) => ({
    index: Number(row.log_index),
    event: json<AuditEvent>(row.body),
    leafHash: new Uint8Array(row.leaf_hash as Buffer),
  }));
  const nodes = new Map(
    (await reading.rows('SELECT level, position, hash FROM audit_node')).map((row) => [
      `${Number(row.level)}/${Number(row.position)}`,
      new Uint8Array(row.hash as Buffer),
    ]),
  );
  const lookup: NodeLookup = async (level, position) => (level === 0 ? records[position]?.leafHash : nodes.get(`${level}/${position}`));
  return { records, head: { size: records.length, root: await treeRoot(records.length, lookup) } };
}
