import { Entity } from 'typeorm';
import type { Id, JsonObject, Timestamp } from '../../../domain/entity.js';
import type { HealthStatus, Keystore } from '../../../domain/keystore.js';
import type { HolderState } from '../../../domain/vault.js';
import { BytesOrNull, IntegerOrNull, Json, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('keystore')
export class KeystoreRow extends TrackedRow implements Keystore {
  @Text()
  vaultId!: Id;

  @Text()
  type!: string;

  @Text()
  name!: string;

  @Text()
  description!: string;

  @Json()
  groups!: readonly string[];

  @TextOrNull()
  tlsProxy!: string | null;

  @Text()
  location!: string;

  @Json()
  connection!: JsonObject;

  @BytesOrNull()
  sealedSecrets!: Uint8Array | null;

  @IntegerOrNull()
  pendingDestructionSeconds!: number | null;

  @Text()
  state!: HolderState;

  @Text()
  healthStatus!: HealthStatus;

  @Text()
  healthMessage!: string;

  @TextOrNull()
  lastHeartbeatAt!: Timestamp | null;
}
