/** Every entity's row class, by noun: what the reader, the writer and both data sources are driven by. */
import type { Entities, Noun } from '../../contract.js';
import { ApiKeyRow } from './api-key.js';
import { ClientTokenRow } from './client-token.js';
import { DestroyedKeyRow } from './destroyed-key.js';
import { ExpiryNoticeRow } from './expiry-notice.js';
import { ImportKeyRow } from './import-key.js';
import { InstanceVersionRow } from './instance-version.js';
import { KeyBlobRow } from './key-blob.js';
import { KeyInstanceRow } from './key-instance.js';
import { KeyRingRow } from './key-ring.js';
import { KeyTemplateRow } from './key-template.js';
import { KeyVersionRow } from './key-version.js';
import { KeystoreRow } from './keystore.js';
import { KmsKeyRow } from './kms-key.js';
import { KmsKeyVersionRow } from './kms-key-version.js';
import { ManagedKeyRow } from './managed-key.js';
import { PrincipalRow } from './principal.js';
import { RoleRow } from './role.js';
import { RoleBindingRow } from './role-binding.js';
import { SystemSettingRow } from './system-setting.js';
import { VaultRow } from './vault.js';

export const rowClasses: { readonly [N in Noun]: new () => Entities[N] } = {
  vault: VaultRow,
  keystore: KeystoreRow,
  keyTemplate: KeyTemplateRow,
  managedKey: ManagedKeyRow,
  keyVersion: KeyVersionRow,
  keyInstance: KeyInstanceRow,
  instanceVersion: InstanceVersionRow,
  importKey: ImportKeyRow,
  keyBlob: KeyBlobRow,
  destroyedKey: DestroyedKeyRow,
  keyRing: KeyRingRow,
  kmsKey: KmsKeyRow,
  kmsKeyVersion: KmsKeyVersionRow,
  principal: PrincipalRow,
  apiKey: ApiKeyRow,
  role: RoleRow,
  roleBinding: RoleBindingRow,
  clientToken: ClientTokenRow,
  systemSetting: SystemSettingRow,
  expiryNotice: ExpiryNoticeRow,
};
