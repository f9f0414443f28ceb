import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { ColumnTypes } from './column-types.js';
import { revertDefinition, runDefinition } from './definition.js';

/** The audit log: events by index, and the hashes of the complete subtrees above them (level 1 and up). */
export class Audit1795000000002 implements MigrationInterface {
  static readonly statements = statements;

  async up(runner: QueryRunner): Promise<void> {
    await runDefinition(runner, Audit1795000000002);
  }

  async down(runner: QueryRunner): Promise<void> {
    await revertDefinition(runner, Audit1795000000002);
  }
}

function statements({ text, bytes, count, keyed }: ColumnTypes): readonly string[] {
  return [
    `CREATE TABLE audit_event (
  log_index ${count} PRIMARY KEY, id ${text} NOT NULL, time ${text} NOT NULL, action ${text} NOT NULL, outcome ${text} NOT NULL,
  principal_id ${text} NOT NULL, target_id ${text}, vault_id ${text}, request_id ${text} NOT NULL,
  leaf_hash ${bytes} NOT NULL, body text NOT NULL)`,
    'CREATE UNIQUE INDEX audit_event_id ON audit_event (id)',
    'CREATE INDEX audit_event_time ON audit_event (time)',
    'CREATE INDEX audit_event_action ON audit_event (action, log_index)',
    'CREATE INDEX audit_event_principal ON audit_event (principal_id, log_index)',
    'CREATE INDEX audit_event_target ON audit_event (target_id, log_index)',
    'CREATE INDEX audit_event_vault ON audit_event (vault_id, log_index)',
    'CREATE INDEX audit_event_request ON audit_event (request_id)',
    `CREATE TABLE audit_node (
  level integer NOT NULL, position ${count} NOT NULL, hash ${bytes} NOT NULL, PRIMARY KEY (level, position))${keyed}`,
  ];
}
