/** The connection of a keystore, checked against its type's descriptor and split into what may be shown and what may not. */
import type { Id, JsonObject } from '../../domain/entity.js';
import type { FieldDescriptor, Keystore, KeystoreTypeDescriptor } from '../../domain/keystore.js';
import type { Estate } from '../estate.js';
import { type FieldValues, fieldIssues } from '../fields.js';
import { invalidInput } from '../invalid-input.js';
import { openKeystoreSecrets, sealKeystoreSecrets } from '../keystore-secrets.js';

export type StoredConnection = Pick<Keystore, 'connection' | 'sealedSecrets'>;

/** @throws EstateError INPUT_INVALID, HSM_SEALED */
export async function newConnection(
  estate: Estate,
  { fields }: KeystoreTypeDescriptor,
  keystoreId: Id,
  values: FieldValues,
): Promise<StoredConnection> {
  const issues = fieldIssues(fields, values, 'connection');
  if (issues.length > 0) throw invalidInput(...issues);
  return {
    connection: shown(fields, values),
    sealedSecrets: await sealKeystoreSecrets(estate, keystoreId, secretsIn(fields, values)),
  };
}

/**
 * The connection with some fields changed; `null` removes one.
 * @throws EstateError INPUT_INVALID also when a field may not change once connected, HSM_SEALED
 */
export async function changedConnection(
  estate: Estate,
  { fields }: KeystoreTypeDescriptor,
  keystore: Keystore,
  values: FieldValues,
): Promise<StoredConnection> {
  const touchesSecrets = fields.some(({ name, secret }) => secret && name in values);
  const secrets = touchesSecrets ? await openKeystoreSecrets(estate, keystore) : {};
  const untouched = touchesSecrets ? [] : fields.filter(({ secret }) => secret).map(({ name }) => name);
  const all = { ...keystore.connection, ...secrets, ...values } as FieldValues;
  const issues = fieldIssues(fields, all, 'connection').filter(({ path }) => !untouched.some((name) => path === `connection.${name}`));
  if (issues.length > 0) throw invalidInput(...issues);
  refuseLockedFields(fields, { ...keystore.connection, ...secrets }, values);
  return {
    connection: shown(fields, all),
    sealedSecrets: touchesSecrets ? await sealKeystoreSecrets(estate, keystore.id, secretsIn(fields, all)) : keystore.sealedSecrets,
  };
}

/**
 * Paths of connection values that must not be shown: all but those of fields that some type declares and none declares secret.
 * An unknown field may be a secret under a misspelt name.
 */
export function connectionSecretPaths(estate: Estate, input: { readonly connection?: FieldValues | undefined }): readonly string[] {
  const declared = estate.keystoreTypes.descriptors.flatMap(({ fields }) => fields);
  const mayBeShown = (name: string) => {
    const sameName = declared.filter((field) => field.name === name);
    return sameName.length > 0 && sameName.every(({ secret }) => !secret);
  };
  return Object.keys(input.connection ?? {})
    .filter((name) => !mayBeShown(name))
    .map((name) => `connection.${name}`);
}

function refuseLockedFields(fields: readonly FieldDescriptor[], before: JsonObject, values: FieldValues): void {
  const isSame = (name: string) => JSON.stringify(before[name] ?? null) === JSON.stringify(values[name]);
  const locked = fields.filter(({ name, mutable }) => !mutable && name in values && !isSame(name));
  const message = 'cannot change once the keystore is connected; make a new keystore';
  if (locked.length > 0) throw invalidInput(...locked.map(({ name }) => ({ path: `connection.${name}`, message })));
}

function shown(fields: readonly FieldDescriptor[], values: FieldValues): JsonObject {
  return pick(fields, values, false);
}

function secretsIn(fields: readonly FieldDescriptor[], values: FieldValues): Readonly<Record<string, string>> {
  return pick(fields, values, true) as Record<string, string>;
}

function pick(fields: readonly FieldDescriptor[], values: FieldValues, isSecret: boolean): JsonObject {
  const names = fields.filter(({ secret }) => secret === isSecret).map(({ name }) => name);
  return Object.fromEntries(names.flatMap((name) => (values[name] == null ? [] : [[name, values[name]]])));
}
