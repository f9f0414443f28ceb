import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { ColumnTypes } from './column-types.js';
import { revertDefinition, runDefinition } from './definition.js';

/**
 * The estate's first tables. Names among living entities are kept unique by the services inside the single writer;
 * the unique indexes here are what must hold for every row, dead or alive. Children cannot outlive their parents:
 * the references are checked when the transaction commits, so that the order of its statements is free.
 */
// TypeORM orders migrations by the digits at the end of their class names, which must look like a JavaScript time.
export class Estate1795000000001 implements MigrationInterface {
  static readonly statements = statements;

  async up(runner: QueryRunner): Promise<void> {
    await runDefinition(runner, Estate1795000000001);
  }

  async down(runner: QueryRunner): Promise<void> {
    await revertDefinition(runner, Estate1795000000001);
  }
}

function statements(types: ColumnTypes): readonly string[] {
  return [...estateTables(types), ...keyTables(types), ...kmsTables(types), ...accessTables(types)];
}

const parent = (table: string) => `REFERENCES ${table} (id) DEFERRABLE INITIALLY DEFERRED`;

const tracked = ({ text }: ColumnTypes) => `id ${text} PRIMARY KEY, revision integer NOT NULL,
  created_at ${text} NOT NULL, created_by ${text} NOT NULL, updated_at ${text} NOT NULL, updated_by ${text} NOT NULL`;

const estateTables = (types: ColumnTypes): readonly string[] => {
  const { text, bytes } = types;
  return [
    `CREATE TABLE vault (${tracked(types)},
  name ${text} NOT NULL, description ${text} NOT NULL, recovery_key_label ${text}, state ${text} NOT NULL)`,
    'CREATE INDEX vault_name ON vault (name, id)',
    'CREATE INDEX vault_updated_at ON vault (updated_at, id)',

    `CREATE TABLE keystore (${tracked(types)},
  vault_id ${text} NOT NULL ${parent('vault')}, type ${text} NOT NULL, name ${text} NOT NULL, description ${text} NOT NULL,
  groups text NOT NULL, tls_proxy ${text}, location ${text} NOT NULL, connection text NOT NULL, sealed_secrets ${bytes},
  pending_destruction_seconds integer, state ${text} NOT NULL,
  health_status ${text} NOT NULL, health_message ${text} NOT NULL, last_heartbeat_at ${text})`,
    'CREATE INDEX keystore_vault_name ON keystore (vault_id, name, id)',
    'CREATE INDEX keystore_name ON keystore (name, id)',
    'CREATE INDEX keystore_updated_at ON keystore (updated_at, id)',

    `CREATE TABLE key_template (${tracked(types)},
  vault_id ${text} NOT NULL ${parent('vault')}, name ${text} NOT NULL, description ${text} NOT NULL, naming_scheme ${text},
  types text NOT NULL, state ${text} NOT NULL, retired_from ${text}, version integer NOT NULL, key text NOT NULL,
  targets text NOT NULL)`,
    'CREATE INDEX key_template_vault_name ON key_template (vault_id, name, id)',
    'CREATE INDEX key_template_name ON key_template (name, id)',
    'CREATE INDEX key_template_updated_at ON key_template (updated_at, id)',
  ];
};

const keyTables = (types: ColumnTypes): readonly string[] => {
  const { text, bytes, count } = types;
  return [
    `CREATE TABLE managed_key (${tracked(types)},
  vault_id ${text} NOT NULL ${parent('vault')}, template_id ${text} NOT NULL, template_version integer NOT NULL,
  label ${text} NOT NULL, description ${text} NOT NULL, state ${text} NOT NULL, algorithm ${text} NOT NULL, size ${text} NOT NULL,
  origin ${text} NOT NULL, version integer NOT NULL,
  activation_date ${text}, expiration_date ${text}, destruction_date ${text},
  tags text NOT NULL, label_tags text NOT NULL, targets text NOT NULL,
  deactivate_on_rotation boolean NOT NULL, rotation_policy text, lifecycle_policy text NOT NULL,
  own_settings text NOT NULL,
  rotated_at ${text}, rotation_forced_at ${text}, next_rotation_at ${text}, activated_at ${text}, deactivated_at ${text}, compromised_at ${text},
  destroy_at ${text}, destroyed_at ${text})`,
    'CREATE INDEX managed_key_vault_label ON managed_key (vault_id, label, id)',
    'CREATE INDEX managed_key_label ON managed_key (label, id)',
    'CREATE INDEX managed_key_updated_at ON managed_key (updated_at, id)',
    'CREATE INDEX managed_key_created_at ON managed_key (created_at, id)',
    'CREATE INDEX managed_key_template ON managed_key (template_id)',
    // Dates that most keys do not have, and that only those who have them are asked for.
    'CREATE INDEX managed_key_activation_date ON managed_key (state, activation_date) WHERE activation_date IS NOT NULL',
    'CREATE INDEX managed_key_expiration_date ON managed_key (state, expiration_date) WHERE expiration_date IS NOT NULL',
    'CREATE INDEX managed_key_destruction_date ON managed_key (state, destruction_date) WHERE destruction_date IS NOT NULL',
    'CREATE INDEX managed_key_next_rotation_at ON managed_key (next_rotation_at) WHERE next_rotation_at IS NOT NULL',
    'CREATE INDEX managed_key_destroy_at ON managed_key (destroy_at) WHERE destroy_at IS NOT NULL',

    `CREATE TABLE key_version (${tracked(types)},
  managed_key_id ${text} NOT NULL ${parent('managed_key')}, vault_id ${text} NOT NULL, version integer NOT NULL,
  state ${text} NOT NULL, blob_id ${text}, public_key ${bytes}, verification_patterns text NOT NULL,
  encryptions_counted ${count} NOT NULL)`,
    'CREATE UNIQUE INDEX key_version_number ON key_version (managed_key_id, version)',

    `CREATE TABLE key_instance (${tracked(types)},
  managed_key_id ${text} NOT NULL ${parent('managed_key')}, keystore_id ${text} NOT NULL ${parent('keystore')},
  vault_id ${text} NOT NULL, target_id ${text}, desired_state ${text} NOT NULL, name ${text} NOT NULL, remote_id ${text},
  status ${text} NOT NULL, sync_flag ${text} NOT NULL, sync_detail ${text} NOT NULL, error text, attempts integer NOT NULL,
  next_attempt_at ${text}, verified_at ${text}, pending_until ${text})`,
    'CREATE UNIQUE INDEX key_instance_place ON key_instance (managed_key_id, keystore_id)',
    // A name is asked for whenever a key is made.
    'CREATE INDEX key_instance_name ON key_instance (keystore_id, name)',
    'CREATE INDEX key_instance_vault ON key_instance (vault_id, sync_flag)',
    // What is due, by keystore; and which keystores have something due, without a look at the rows.
    'CREATE INDEX key_instance_due_in ON key_instance (keystore_id, next_attempt_at, id) WHERE next_attempt_at IS NOT NULL',
    'CREATE INDEX key_instance_due ON key_instance (next_attempt_at, keystore_id) WHERE next_attempt_at IS NOT NULL',

    `CREATE TABLE instance_version (${tracked(types)},
  key_instance_id ${text} NOT NULL ${parent('key_instance')}, key_version_id ${text} NOT NULL ${parent('key_version')},
  version integer NOT NULL, remote_version_id ${text}, fingerprint ${text}, state ${text} NOT NULL)`,
    'CREATE UNIQUE INDEX instance_version_place ON instance_version (key_instance_id, key_version_id)',
    'CREATE INDEX instance_version_key_version ON instance_version (key_version_id)',

    `CREATE TABLE import_key (${tracked(types)},
  vault_id ${text} NOT NULL, managed_key_id ${text} NOT NULL ${parent('managed_key')}, blob_id ${text} NOT NULL,
  public_key ${bytes} NOT NULL, expires_at ${text} NOT NULL, used_at ${text},
  initial_state ${text} NOT NULL)`,
    'CREATE INDEX import_key_managed_key ON import_key (managed_key_id)',
    'CREATE INDEX import_key_expires_at ON import_key (expires_at)',

    `CREATE TABLE key_blob (${tracked(types)},
  owner_kind ${text} NOT NULL, owner_id ${text} NOT NULL, context text, blob ${bytes} NOT NULL, master_key_id ${text} NOT NULL,
  public_key ${bytes})`,
    'CREATE INDEX key_blob_owner ON key_blob (owner_id)',
    'CREATE INDEX key_blob_master_key ON key_blob (master_key_id, id)',

    `CREATE TABLE destroyed_key (${tracked(types)}, told_at ${text})`,
    'CREATE INDEX destroyed_key_told_at ON destroyed_key (told_at, id)',
  ];
};

const kmsTables = (types: ColumnTypes): readonly string[] => {
  const { text } = types;
  return [
    `CREATE TABLE key_ring (${tracked(types)}, name ${text} NOT NULL, keystore_id ${text}, vault_id ${text})`,
    'CREATE UNIQUE INDEX key_ring_keystore ON key_ring (keystore_id)',
    'CREATE INDEX key_ring_name ON key_ring (name, id)',

    `CREATE TABLE kms_key (${tracked(types)},
  ring_id ${text} NOT NULL ${parent('key_ring')}, vault_id ${text}, kind ${text} NOT NULL, name ${text} NOT NULL,
  description ${text} NOT NULL, state ${text} NOT NULL, extractable boolean NOT NULL, managed_key_id ${text}, pending_until ${text})`,
    'CREATE INDEX kms_key_ring_name ON kms_key (ring_id, name, id)',
    'CREATE INDEX kms_key_managed_key ON kms_key (managed_key_id, ring_id)',
    'CREATE INDEX kms_key_pending_until ON kms_key (pending_until) WHERE pending_until IS NOT NULL',

    `CREATE TABLE kms_key_version (${tracked(types)},
  kms_key_id ${text} NOT NULL ${parent('kms_key')}, version integer NOT NULL, state ${text} NOT NULL, blob_id ${text},
  key_version_id ${text}, fingerprint ${text} NOT NULL)`,
    'CREATE UNIQUE INDEX kms_key_version_number ON kms_key_version (kms_key_id, version)',
    'CREATE INDEX kms_key_version_key_version ON kms_key_version (key_version_id)',
  ];
};

const accessTables = (types: ColumnTypes): readonly string[] => {
  const { text } = types;
  return [
    `CREATE TABLE principal (${tracked(types)}, kind ${text} NOT NULL, name ${text} NOT NULL, description ${text} NOT NULL)`,
    'CREATE INDEX principal_name ON principal (name, id)',

    `CREATE TABLE api_key (${tracked(types)},
  principal_id ${text} NOT NULL ${parent('principal')}, name ${text} NOT NULL, secret_hash ${text} NOT NULL,
  expires_at ${text}, revoked_at ${text})`,
    'CREATE UNIQUE INDEX api_key_secret_hash ON api_key (secret_hash)',
    'CREATE INDEX api_key_principal ON api_key (principal_id, id)',

    `CREATE TABLE role (${tracked(types)}, name ${text} NOT NULL, description ${text} NOT NULL, actions text NOT NULL)`,
    'CREATE INDEX role_name ON role (name, id)',

    `CREATE TABLE role_binding (${tracked(types)},
  principal_id ${text} NOT NULL ${parent('principal')}, role_id ${text} NOT NULL, scope text NOT NULL)`,
    'CREATE INDEX role_binding_principal ON role_binding (principal_id, id)',
    'CREATE INDEX role_binding_role ON role_binding (role_id, id)',

    `CREATE TABLE client_token (${tracked(types)},
  principal_id ${text} NOT NULL, operation ${text} NOT NULL, token ${text} NOT NULL, input_digest ${text} NOT NULL,
  result_id ${text} NOT NULL)`,
    'CREATE UNIQUE INDEX client_token_use ON client_token (principal_id, operation, token)',
    'CREATE INDEX client_token_created_at ON client_token (created_at)',

    `CREATE TABLE system_setting (${tracked(types)}, name ${text} NOT NULL, value ${text} NOT NULL)`,
    'CREATE UNIQUE INDEX system_setting_name ON system_setting (name)',

    `CREATE TABLE expiry_notice (${tracked(types)}, subject_id ${text} NOT NULL, expires_at ${text} NOT NULL, notice_days integer NOT NULL)`,
    'CREATE UNIQUE INDEX expiry_notice_subject ON expiry_notice (subject_id)',
  ];
};
