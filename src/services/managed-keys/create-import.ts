import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import type { ImportKey, ManagedKey } from '../../domain/managed-key.js';
import type { Vault } from '../../domain/vault.js';
import type { Writer } from '../../store/contract.js';
import { fresh } from '../fresh.js';
import { tellDestroyed } from '../hsm/tell-destroyed.js';
import { type Context, change, type Done, type Place } from '../operation.js';
import { id } from '../rules.js';
import { inVault } from '../vaults/place.js';
import { insertKey, keyAgain } from './create.js';
import { keyFields } from './fields.js';
import { refuseMaterial } from './import.js';
import { generateImportKey, type ImportOffer, importOffer, insertImportKey, type NewImportKey } from './import-key.js';
import { refuseNewLifecycle } from './lifecycle-rights.js';
import { emptyVersion } from './material.js';
import { managedKeyPlace, managedKeyTarget } from './place.js';
import { type Draft, draftKey, namesOneTemplate, newKeyFields, oneTemplateMessage } from './recipe.js';

/** A key that waits for material, and the key to wrap that material with. */
export interface ImportStart {
  readonly managedKey: ManagedKey;
  readonly importKey: ImportOffer;
}

const input = z
  .strictObject({
    ...newKeyFields,
    vaultId: newKeyFields.vaultId.optional(),
    initialState: keyFields.initialState.optional(),
    managedKeyId: id.optional(),
  })
  .superRefine((given, { addIssue }) => {
    const isFor = given.managedKeyId === undefined ? given.vaultId !== undefined && namesOneTemplate(given) : isNothingElse(given);
    if (!isFor) addIssue({ code: 'custom', message: `give either managedKeyId alone, or vaultId and a template: ${oneTemplateMessage}` });
  });
type Input = z.output<typeof input>;
type Subject = { readonly vault: Vault } | { readonly key: ManagedKey };
type Prepared = NewImportKey & { readonly draft?: Draft };

/** Fields with defaults are there even when nobody gave them. */
function isNothingElse({ managedKeyId: _id, description, tags, namingValues, ...others }: Input): boolean {
  const isEmpty = description === '' && tags.length === 0 && namingValues.length === 0;
  return isEmpty && Object.values(others).every((value) => value === undefined);
}

/**
 * Begins an import. Without `managedKeyId` a key is made from a template like any other, but without material; with it,
 * the key is to get a next version (or, when it still waits for its first, another chance). The caller wraps the
 * material with the public key of the import key, which is good for one use until it expires, and calls `importManagedKey`.
 */
export const createManagedKeyImport = change<Input, Subject, Prepared, ImportStart>({
  name: 'createManagedKeyImport',
  action: 'managed-key.create-import',
  input,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: importPlace,
  prepare: async (context, fields, subject) => {
    if ('key' in subject) {
      await refuseMaterial(context.estate.store.read, context, subject.key);
      return await generateImportKey(context, subject.key, await initialStateOf(context, subject.key));
    }
    const draft = await draftKey(context, { ...fields, vaultId: subject.vault.id }, subject.vault, 'IMPORTED');
    const initialState = fields.initialState ?? draft.template.key.initialState;
    refuseNewLifecycle(context, draft.template, draft.key, initialState);
    const importKey = await generateImportKey(context, draft.key, initialState);
    return { draft, ...importKey };
  },
  commit: async (tx, context, _input, subject, prepared) => {
    const managedKey = 'key' in subject ? await existingKey(tx, context, subject.key) : await newKey(tx, context, prepared);
    await insertImportKey(tx, context, prepared);
    return start(context, managedKey, prepared);
  },
  // Those of this key that had expired have ended.
  follow: async ({ estate }) => {
    await tellDestroyed(estate);
  },
  repeat: {
    idOf: ({ importKey }) => importKey.id,
    again: async (context, importKeyId) => {
      const importKey = await context.estate.store.read.get('importKey', importKeyId);
      if (!importKey) throw new EstateError('IMPORT_KEY_USED');
      const managedKey = await keyAgain(context, importKey.managedKeyId);
      return { managedKey, importKey: importOffer(context.estate.hsm, importKey, managedKey) };
    },
  },
});

/** What was said when the key was made, for a key that still waits for its first material. */
async function initialStateOf({ estate }: Context, key: ManagedKey): Promise<ImportKey['initialState']> {
  const [earlier] = await estate.store.read.find('importKey', { managedKeyId: { eq: key.id } }, 1);
  return earlier?.initialState ?? 'PRE_ACTIVATION';
}

async function importPlace(context: Context, { managedKeyId, vaultId, label }: Input): Promise<Place<Subject> | undefined> {
  if (managedKeyId === undefined) {
    const place = await inVault(context, vaultId ?? '', 'managed-key', label ?? null);
    return place && { ...place, subject: { vault: place.subject } };
  }
  const place = await managedKeyPlace(context, { id: managedKeyId });
  if (!place) return undefined;
  const { subject, scope, target } = place;
  return { subject: { key: subject }, scope, target };
}

async function existingKey(tx: Writer, context: Context, subject: ManagedKey): Promise<ManagedKey> {
  const key = await fresh(tx, 'managedKey', subject);
  await refuseMaterial(tx, context, key);
  return key;
}

async function newKey(tx: Writer, context: Context, { draft }: Prepared): Promise<ManagedKey> {
  if (!draft) throw new EstateError('INTERNAL');
  const key = await insertKey(tx, context, draft, draft.key);
  await tx.insert('keyVersion', emptyVersion(context, key, 1));
  return key;
}

function start({ estate }: Context, managedKey: ManagedKey, { importKey, draft }: Prepared): Done<ImportStart> {
  const output = { managedKey, importKey: importOffer(estate.hsm, importKey, managedKey) };
  const madeFrom = draft ? { templateId: draft.template.id, isShadow: draft.isShadow } : {};
  return {
    output,
    target: managedKeyTarget(managedKey),
    details: { ...madeFrom, importKeyId: importKey.id, expiresAt: importKey.expiresAt },
  };
}
