import { EstateError } from '../../domain/errors.js';
import type { KmsKeyVersion } from '../../domain/kms.js';
import type { KeyToPlace, VersionToPlace } from '../../keystores/contract.js';
import type { Writer } from '../../store/contract.js';
import { changed, made } from '../tracked.js';
import type { KmsContext, KmsFoundation } from './foundation.js';
import { ringOf } from './rings.js';
import { type OwnedKey, ownedKey, versionsOf } from './root-keys.js';
import { type StepDone, step, targetOf } from './step.js';

/**
 * Adds a version of a managed key to its ring, and the root key itself with the first one. The newest version is the
 * current one. The version shares the managed key version's blob: no material is copied.
 */
export async function installVersion(foundation: KmsFoundation, key: KeyToPlace, version: VersionToPlace): Promise<void> {
  await step(foundation, async (tx, context) => {
    const present = await ownedKey(tx, key.keystoreId, key.managedKeyId);
    if (!present || present.state === 'DESTROYED') return await installKey(tx, context, key, version);
    const versions = await versionsOf(tx, present.id);
    const same = versions.find((installed) => installed.version === version.version);
    return same
      ? await repairVersion(tx, context, present, same, version)
      : await addVersion(tx, context, present, version, versions.length === 0 ? 'kms-key.install' : 'kms-key.rotate');
  });
}

async function installKey(tx: Writer, context: KmsContext, key: KeyToPlace, version: VersionToPlace): Promise<StepDone> {
  const ring = await ringOf(tx, key.keystoreId);
  if (!ring) throw new EstateError('KEYSTORE_REFUSED', { reason: 'the keystore has no ring' });
  const rootKey: OwnedKey = {
    ...made(context),
    ringId: ring.id,
    vaultId: key.vaultId,
    kind: 'ROOT',
    name: key.name,
    description: key.description,
    state: 'ACTIVE',
    extractable: false,
    managedKeyId: key.managedKeyId,
    pendingUntil: null,
  };
  await tx.insert('kmsKey', rootKey);
  return await addVersion(tx, context, rootKey, version, 'kms-key.install');
}

async function addVersion(tx: Writer, context: KmsContext, key: OwnedKey, version: VersionToPlace, action: string): Promise<StepDone> {
  await tx.insert('kmsKeyVersion', {
    ...made(context),
    kmsKeyId: key.id,
    version: version.version,
    state: 'ACTIVE',
    blobId: version.blobId,
    keyVersionId: version.keyVersionId,
    fingerprint: version.fingerprint,
  });
  return { action, target: targetOf(key), details: { version: version.version, fingerprint: version.fingerprint } };
}

/**
 * A version that is there is made active again, on the blob the managed key's version has now.
 * @throws EstateError KEYSTORE_REFUSED when it holds other material: nothing is overwritten
 */
async function repairVersion(
  tx: Writer,
  context: KmsContext,
  key: OwnedKey,
  installed: KmsKeyVersion,
  version: VersionToPlace,
): Promise<StepDone | undefined> {
  if (installed.fingerprint !== version.fingerprint)
    throw new EstateError('KEYSTORE_REFUSED', { reason: 'the version holds other material' });
  const wanted = { state: 'ACTIVE', blobId: version.blobId, keyVersionId: version.keyVersionId } as const;
  const isRight = Object.entries(wanted).every(([field, value]) => installed[field as keyof typeof wanted] === value);
  if (isRight) return undefined;
  await tx.update('kmsKeyVersion', changed(context, installed, wanted));
  return {
    action: 'kms-key.install',
    target: targetOf(key),
    details: { version: version.version, fingerprint: version.fingerprint, repaired: true },
  };
}
