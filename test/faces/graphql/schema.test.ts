import { fileURLToPath } from 'node:url';
import { type GraphQLInputObjectType, getNamedType, isInputObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { actionsFor, systemAction } from '../../../src/domain/permissions.js';
import { graphqlSchema } from '../../../src/faces/graphql/schema.js';
import { keystoreTypeDescriptors } from '../../../src/keystores/index.js';
import { staleFiles } from '../../../src/schema/print.js';
import { operations } from '../../../src/services/operations.js';
import { watchTopics } from '../../../src/services/watch.js';

const schema = graphqlSchema(keystoreTypeDescriptors());
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].map((type) => type?.getFields() ?? {});
const fields = Object.assign({}, ...roots) as ReturnType<NonNullable<ReturnType<typeof schema.getQueryType>>['getFields']>;

/** Only the server itself performs these. */
const internal = operations.map(({ name }) => name).filter((name) => actionsFor(name).includes(systemAction));
/** Answered by a face of their own. */
const otherFaces: readonly string[] = ['metrics'];
const asked = operations.filter(({ name }) => !internal.includes(name) && !otherFaces.includes(name));
/** Fields without an operation of their own, and the one they perform. */
const derived: Readonly<Record<string, string>> = { principal: 'principals' };

describe('the schema', () => {
  it('is the one in schema/', () => {
    expect(staleFiles(fileURLToPath(new URL('../../../schema', import.meta.url)))).toEqual([]);
  });

  it('renames no field of a type whose simple resolvers would not find it', () => {
    const simple = getMetadataStorage().objectTypes.filter(({ simpleResolvers }) => simpleResolvers);
    const renamedFields = simple.flatMap(({ name, fields: own = [] }) =>
      own.filter((field) => field.name !== field.schemaName).map((field) => `${name}.${field.schemaName}`),
    );
    expect(simple.length).toBeGreaterThan(0);
    expect(renamedFields).toEqual([]);
  });

  it('has a root field for every operation, and an operation for every root field', () => {
    const names = [...asked.map(({ name }) => name), ...Object.keys(watchTopics).filter((name) => !internal.includes(name))];
    expect(
      Object.keys(fields)
        .filter((name) => !(name in derived))
        .sort(),
    ).toEqual([...new Set(names)].sort());
  });

  it.each(asked.map((operation) => [operation.name, operation] as const))(
    '%s takes the input of its operation, field by field',
    (name, operation) => {
      const shape = shapeOf(operation.input);
      const given = inputOf(name);
      for (const [from, to] of renamed[name] ?? []) {
        given.delete(from);
        for (const field of to) given.add(field);
      }
      expect([...given].sort()).toEqual(Object.keys(shape).sort());
    },
  );
});

/** Where GraphQL says something in its own way: its fields, and those of the operation. */
const renamed: Readonly<Record<string, readonly (readonly [string, readonly string[]])[]>> = {
  createKeystore: [['connection', ['connection', 'type']]],
  auditEvents: [['order', ['ascending']]],
  roles: ['first', 'after', 'last', 'before'].map((name) => [name, []] as const),
};

function shapeOf(type: z.ZodType): Record<string, unknown> {
  return (type as unknown as { shape: Record<string, unknown> }).shape;
}

/** Names of what a root field takes: its arguments, with those of `input` and of an item in their place. */
function inputOf(name: string): Set<string> {
  const names = new Set<string>();
  for (const argument of fields[name]?.args ?? []) {
    if (argument.name === 'dryRun' || argument.name === 'clientToken') continue;
    const type = getNamedType(argument.type);
    const isWrapper = argument.name === 'input' || (argument.name === 'items' && isInputObjectType(type));
    const inner = isWrapper ? Object.keys((type as GraphQLInputObjectType).getFields()) : [argument.name];
    for (const field of inner) names.add(field);
  }
  return names;
}
