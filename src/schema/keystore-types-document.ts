import type { TextRule } from '../domain/entity.js';
import type { FieldDescriptor, KeystoreTypeDescriptor } from '../domain/keystore.js';

/** The keystore types' descriptors as JSON: patterns are ECMAScript regular expressions as text. */
export function keystoreTypesDocument(descriptors: readonly KeystoreTypeDescriptor[]): string {
  const types = descriptors.map((descriptor) => ({
    ...descriptor,
    fields: descriptor.fields.map(field),
    targetAttributes: descriptor.targetAttributes.map(field),
    keyNameRule: rule(descriptor.keyNameRule),
  }));
  return `${JSON.stringify(types, null, 2)}\n`;
}

function field({ rule: textRule, ...rest }: FieldDescriptor): object {
  return { ...rest, ...(textRule && { rule: rule(textRule) }) };
}

function rule({ pattern, ...rest }: TextRule): object {
  return { ...rest, ...(pattern && { pattern: pattern.source }) };
}
