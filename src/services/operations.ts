/** Every operation, once, sorted by name: what faces, tests and documentation are checked against. */
import { auditCheckpoint } from './audit/checkpoint.js';
import { auditEvents } from './audit/events.js';
import { auditConsistencyProof, auditInclusionProof } from './audit/proofs.js';
import { createBackup } from './backup/create.js';
import { decrypt } from './crypto/decrypt.js';
import { encrypt } from './crypto/encrypt.js';
import { generateMac } from './crypto/generate-mac.js';
import { generateRandom } from './crypto/generate-random.js';
import { rewrapKey } from './crypto/rewrap-key.js';
import { sign } from './crypto/sign.js';
import { unwrapKey } from './crypto/unwrap-key.js';
import { verify } from './crypto/verify.js';
import { verifyMac } from './crypto/verify-mac.js';
import { wrapKey } from './crypto/wrap-key.js';
import { expiring } from './expiry/list.js';
import { activateMasterKey, clearNewMasterKey, commitMasterKey, initialiseMasterKey, loadMasterKeyPart } from './hsm/master-key.js';
import { hsm, hsmImporters } from './hsm/status.js';
import { createApiKey } from './iam/create-api-key.js';
import { createPrincipal } from './iam/create-principal.js';
import { createRole } from './iam/create-role.js';
import { createRoleBinding } from './iam/create-role-binding.js';
import { deletePrincipal } from './iam/delete-principal.js';
import { deleteRole } from './iam/delete-role.js';
import { deleteRoleBinding } from './iam/delete-role-binding.js';
import { apiKeys, principals, roleBindings, roles } from './iam/list.js';
import { revokeApiKey } from './iam/revoke-api-key.js';
import { updatePrincipal } from './iam/update-principal.js';
import { updateRole } from './iam/update-role.js';
import { instance } from './instance/get.js';
import { createKeystore } from './keystores/create.js';
import { deleteKeystore } from './keystores/delete.js';
import { keystore } from './keystores/get.js';
import { keystores } from './keystores/list.js';
import { testKeystore } from './keystores/test.js';
import { keystoreTypes } from './keystores/types.js';
import { updateKeystore } from './keystores/update.js';
import { activateManagedKey } from './managed-keys/activate.js';
import { alignManagedKey } from './managed-keys/align.js';
import { cancelManagedKeyDestruction } from './managed-keys/cancel-destruction.js';
import { compromiseManagedKey } from './managed-keys/compromise.js';
import { createManagedKey } from './managed-keys/create.js';
import { createManagedKeyImport } from './managed-keys/create-import.js';
import { deactivateManagedKey } from './managed-keys/deactivate.js';
import { destroyManagedKey } from './managed-keys/destroy.js';
import { endManagedKeyDestruction } from './managed-keys/end-destruction.js';
import { eraseImportKey } from './managed-keys/erase-import-key.js';
import { managedKey } from './managed-keys/get.js';
import { importManagedKey } from './managed-keys/import.js';
import { managedKeys } from './managed-keys/list.js';
import { keyInstances } from './managed-keys/list-instances.js';
import { keyVersions } from './managed-keys/list-versions.js';
import { removeManagedKey } from './managed-keys/remove.js';
import { rotateManagedKey } from './managed-keys/rotate.js';
import { syncManagedKey } from './managed-keys/sync.js';
import { updateManagedKey } from './managed-keys/update.js';
import { metrics } from './metrics/read.js';
import type { Operation } from './operation.js';
import { archiveKeyTemplate, unarchiveKeyTemplate } from './templates/archive.js';
import { createKeyTemplate } from './templates/create.js';
import { deleteKeyTemplate } from './templates/delete.js';
import { exposeKeyTemplate } from './templates/expose.js';
import { keyTemplate } from './templates/get.js';
import { keyTemplates } from './templates/list.js';
import { updateKeyTemplate } from './templates/update.js';
import { createVault } from './vaults/create.js';
import { deleteVault } from './vaults/delete.js';
import { vault } from './vaults/get.js';
import { vaults } from './vaults/list.js';
import { updateVault } from './vaults/update.js';
import { auditEventAdded } from './watch/audit-events.js';
import { managedKeyChanged } from './watch/managed-keys.js';

// biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every input and output
export type AnyOperation = Operation<any, any>;

export const operations: readonly AnyOperation[] = [
  activateManagedKey,
  activateMasterKey,
  alignManagedKey,
  apiKeys,
  archiveKeyTemplate,
  auditCheckpoint,
  auditConsistencyProof,
  auditEventAdded,
  auditEvents,
  auditInclusionProof,
  cancelManagedKeyDestruction,
  clearNewMasterKey,
  commitMasterKey,
  compromiseManagedKey,
  createApiKey,
  createBackup,
  createKeyTemplate,
  createKeystore,
  createManagedKey,
  createManagedKeyImport,
  createPrincipal,
  createRole,
  createRoleBinding,
  createVault,
  deactivateManagedKey,
  decrypt,
  deleteKeyTemplate,
  deleteKeystore,
  deletePrincipal,
  deleteRole,
  deleteRoleBinding,
  deleteVault,
  destroyManagedKey,
  encrypt,
  endManagedKeyDestruction,
  eraseImportKey,
  expiring,
  exposeKeyTemplate,
  generateMac,
  generateRandom,
  hsm,
  hsmImporters,
  importManagedKey,
  initialiseMasterKey,
  instance,
  keyInstances,
  keyTemplate,
  keyTemplates,
  keyVersions,
  keystore,
  keystoreTypes,
  keystores,
  loadMasterKeyPart,
  managedKey,
  managedKeyChanged,
  managedKeys,
  metrics,
  principals,
  removeManagedKey,
  revokeApiKey,
  rewrapKey,
  roleBindings,
  roles,
  rotateManagedKey,
  sign,
  syncManagedKey,
  testKeystore,
  unarchiveKeyTemplate,
  unwrapKey,
  updateKeyTemplate,
  updateKeystore,
  updateManagedKey,
  updatePrincipal,
  updateRole,
  updateVault,
  vault,
  vaults,
  verify,
  verifyMac,
  wrapKey,
];
