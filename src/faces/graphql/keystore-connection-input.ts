/**
 * `KeystoreConnectionInput`: a oneOf input with a member for each keystore type, made from the types' descriptors, so
 * that a new type is a new folder under `keystores` and nothing here.
 */
import {
  GraphQLBoolean,
  type GraphQLInputFieldConfig,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from 'graphql';
import type { JsonObject } from '../../domain/entity.js';
import type { FieldDescriptor, KeystoreTypeDescriptor } from '../../domain/keystore.js';

/** What stands in decorated classes for the input; `keystoreConnectionInput` takes its place when a schema is built. */
export class KeystoreConnectionInput {}

/** One member: the keystore type's fields. */
export type KeystoreConnectionValue = Readonly<Record<string, JsonObject>>;

/** The oneOf input for these keystore types. A field that a type requires is not required here, since updates leave fields out. */
export function keystoreConnectionInput(descriptors: readonly KeystoreTypeDescriptor[]): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name: 'KeystoreConnectionInput',
    description: 'Where a keystore is and how to get in: exactly one member, named after the type of the keystore.',
    isOneOf: true,
    fields: Object.fromEntries(descriptors.map((descriptor) => [descriptor.type, { type: memberType(descriptor) }])),
  });
}

/** The keystore type and its fields as operations take them. */
export function connectionOfType(value: KeystoreConnectionValue): { readonly type: string; readonly connection: JsonObject } {
  const [[type, fields] = ['', {}]] = Object.entries(value);
  const { [placeholder]: _placeholder, ...connection } = fields;
  return { type, connection };
}

/** An input object needs a field, and some keystore types need none: `{}` is what clients send for them. */
const placeholder = '_';

function memberType(descriptor: KeystoreTypeDescriptor): GraphQLInputObjectType {
  const fields = descriptor.fields.map((field) => [field.name, inputField(descriptor, field)] as const);
  const none = [[placeholder, { type: GraphQLBoolean, description: 'This type needs no settings; send {}.' }] as const];
  return new GraphQLInputObjectType({
    name: `${pascalCase(descriptor.type)}ConnectionInput`,
    description: descriptor.description,
    fields: Object.fromEntries<GraphQLInputFieldConfig>(fields.length > 0 ? fields : none),
  });
}

function inputField(descriptor: KeystoreTypeDescriptor, field: FieldDescriptor): GraphQLInputFieldConfig {
  const notes = [field.required ? 'Required to connect.' : '', field.secret ? 'Stored encrypted by the HSM, never returned.' : ''];
  return { type: fieldTypes[field.type](descriptor, field), description: [field.description, ...notes].filter(Boolean).join(' ') };
}

type TypeMaker = (descriptor: KeystoreTypeDescriptor, field: FieldDescriptor) => GraphQLInputType;

// Values of enums are texts that a client may well send for types it does not know: they are checked by the descriptor.
const fieldTypes: Record<FieldDescriptor['type'], TypeMaker> = {
  STRING: () => GraphQLString,
  INTEGER: () => GraphQLInt,
  BOOLEAN: () => GraphQLBoolean,
  ENUM: () => GraphQLString,
  ENUM_LIST: () => new GraphQLList(new GraphQLNonNull(GraphQLString)),
};

function pascalCase(text: string): string {
  return text.replace(/(^|[-_])([a-z0-9])/g, (_match, _dash, letter: string) => letter.toUpperCase());
}
