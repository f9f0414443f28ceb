/** Random GraphQL requests from the schema: mostly of the right shape, with one thing or another wrong. */
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { type Chance, chanceOf } from './chance.js';

export const schema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'));

/** Stands in every text value that is sent, and so must stand in no error. */
export const marker = 'QZXMARK';

export interface FuzzRequest {
  /** The HTTP body as it is sent. */
  readonly body: string;
  readonly path: string;
}

const hostile = [
  '',
  "' OR 1=1 --",
  '../../etc/passwd',
  '\u202e\u0000\uffff',
  '{{7*7}}',
  '%00%0a',
  '<script>',
  '\ud800',
  '𝄞'.repeat(50),
  '-1',
  'null',
];
const mostDepth = 5;

/** The request of a seed; ids of things that are there make it reach further. */
export function requestOf(seed: number, ids: readonly string[]): FuzzRequest {
  const chance = chanceOf(seed);
  const path = chance.onceIn(12) ? '/graphql/stream' : '/graphql';
  const made = chance.onceIn(6) ? bomb(chance) : operation(chance, ids);
  const query = chance.onceIn(8) ? mutated(chance, made.query) : made.query;
  const whole = { query, variables: made.variables, ...(chance.onceIn(10) ? { operationName: chance.pick(['a', '', null, 5]) } : {}) };
  const body = JSON.stringify(
    chance.onceIn(25) ? chance.pick<unknown>([[whole, whole], { query: [query] }, query, { variables: query }]) : whole,
  );
  return { path, body: chance.onceIn(30) ? mutated(chance, body) : body };
}

interface Made {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

function operation(chance: Chance, ids: readonly string[]): Made {
  const root = chance.onceIn(2) ? schema.getMutationType() : schema.getQueryType();
  const kind = root === schema.getMutationType() ? 'mutation' : 'query';
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  const values = (type: GraphQLInputType, name: string) => givenFor(chance, type, name, ids, 0);
  const written = (field: GraphQLField<unknown, unknown>, alias: string, depth: number): string => {
    const given = field.args.filter((argument: GraphQLArgument) => isNonNullType(argument.type) || chance.onceIn(2));
    const args = given.map((argument) => {
      const value = values(argument.type, argument.name);
      if (chance.onceIn(3)) return `${argument.name}: ${literal(value)}`;
      const name = `v${declared.length}`;
      declared.push(`$${name}: ${chance.onceIn(20) ? 'Int' : argument.type}`);
      if (!chance.onceIn(20)) variables[name] = value;
      return `${argument.name}: $${name}`;
    });
    return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${selection(field.type, depth)}`;
  };
  const selection = (type: GraphQLOutputType, depth: number): string => {
    const named = nakedOf(type);
    if (!isObjectType(named)) return '';
    const fields = Object.values(named.getFields());
    const simple = fields.filter((field) => !isObjectType(nakedOf(field.type)));
    const chosen = depth >= mostDepth ? simple.slice(0, 2) : Array.from({ length: 1 + chance.below(4) }, () => chance.pick(fields));
    const inner = [...new Set(chosen)].map((field) => written(field, chance.onceIn(15) ? `a${chance.below(99)}: ` : '', depth + 1));
    return ` { ${inner.join(' ') || '__typename'} }`;
  };
  const fields = Object.values(root?.getFields() ?? {});
  const body = Array.from({ length: chance.onceIn(6) ? 1 + chance.below(25) : 1 }, (_, index) =>
    written(chance.pick(fields), `r${index}: `, 0),
  ).join(' ');
  return { query: `${kind} F${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${body} }`, variables };
}

function nakedOf(type: GraphQLOutputType): GraphQLOutputType {
  return isNonNullType(type) || isListType(type) ? nakedOf(type.ofType as GraphQLOutputType) : type;
}

function givenFor(chance: Chance, type: GraphQLInputType, name: string, ids: readonly string[], depth: number): unknown {
  if (chance.onceIn(25)) return wrong(chance);
  if (isNonNullType(type)) return givenFor(chance, type.ofType as GraphQLInputType, name, ids, depth);
  if (chance.onceIn(15)) return null;
  if (isListType(type)) {
    const length = chance.onceIn(40) ? 1_500 : chance.below(4);
    return Array.from({ length }, () => givenFor(chance, type.ofType as GraphQLInputType, name, ids, depth + 1));
  }
  if (isEnumType(type)) return chance.pick(type.getValues()).name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field: GraphQLInputField) => isNonNullType(field.type) || (depth < 4 && chance.onceIn(3)),
    );
    return Object.fromEntries(fields.map((field) => [field.name, givenFor(chance, field.type, field.name, ids, depth + 1)]));
  }
  return scalar(chance, String(type), name, ids);
}

function scalar(chance: Chance, type: string, name: string, ids: readonly string[]): unknown {
  if (type === 'ID' || /Id(s)?$/.test(name))
    return chance.onceIn(5) ? text(chance) : chance.pick([...ids, '00000000-0000-4000-8000-000000000000']);
  if (type === 'Int' || type === 'Float') return chance.pick([0, 1, 2, 5, 100, -1, 2 ** 31 - 1, 1.5, 1e300]);
  if (type === 'Boolean') return chance.onceIn(2);
  if (type === 'Base64') return Buffer.from(chance.onceIn(3) ? chance.bytes(chance.below(600)) : text(chance)).toString('base64');
  if (type === 'Date') return chance.pick(['2030-01-01', '0000-00-00', '9999-12-31', text(chance)]);
  if (type === 'DateTime') return chance.pick(['2030-01-01T00:00:00.000Z', '2030-13-01T00:00:00Z', text(chance)]);
  return text(chance);
}

function text(chance: Chance): string {
  const length = chance.onceIn(60) ? 100_000 : chance.below(30);
  return `${marker}${chance.onceIn(3) ? chance.pick(hostile) : ''}${'x'.repeat(length)}${chance.below(1e6)}`;
}

function wrong(chance: Chance): unknown {
  return chance.pick<() => unknown>([
    () => text(chance),
    () => chance.below(1e9),
    () => true,
    () => [],
    () => ({}),
    () => [[text(chance)]],
    () => ({ [`n${chance.below(9)}`]: text(chance) }),
  ])();
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}: ${literal(inner)}`)
      .join(', ')}}`;
  return typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value) && !value.startsWith(marker) ? value : JSON.stringify(value);
}

/** Documents that are small to send and large to answer. */
function bomb(chance: Chance): Made {
  const count = chance.pick([10, 100, 1_000, 4_000]);
  const many = (write: (index: number) => string) => Array.from({ length: count }, (_, index) => write(index)).join(' ');
  const doubled = Math.min(count, 40);
  const query = chance.pick([
    () => `{ instance { ${many((index) => `a${index}: id`)} } }`,
    () => `{ ${many((index) => `a${index}: vaults(first: 500) { totalCount }`)} }`,
    () => `{ instance { ${many(() => 'id @include(if: true)')} } }`,
    () => `{ managedKeys(first: 500) { edges { node { ${'instances { managedKey { '.repeat(count)}id${' } }'.repeat(count)} } } } }`,
    () =>
      `{ instance { ...f0 } } ${Array.from({ length: doubled }, (_, n) => `fragment f${n} on Instance { ...f${n + 1} ...f${n + 1} }`).join(' ')} fragment f${doubled} on Instance { id }`,
    () => `{ instance { ...a } } fragment a on Instance { ...b } fragment b on Instance { ...a }`,
    () => `query (${many((index) => `$v${index}: Int`)}) { instance { id } }`,
    () => `{ __schema { types { fields { type { ${'ofType { '.repeat(count)}name${' }'.repeat(count)} } } } } }`,
    () => `mutation { createVault(input: { name: ${'['.repeat(count)}"${marker}"${']'.repeat(count)} }) { id } }`,
    () => `${'{'.repeat(count)}`,
    () => `# ${'\u0000'.repeat(count)}`,
  ])();
  return { query, variables: {} };
}

/** The text with some of its characters changed, lost, doubled or moved. */
function mutated(chance: Chance, whole: string): string {
  let result = whole;
  for (let times = 1 + chance.below(5); times > 0; times -= 1) {
    const at = chance.below(result.length + 1);
    const length = chance.below(20);
    const insert = chance.pick([
      '',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '"',
      '$',
      '...',
      '@',
      ':',
      '\\',
      '\n',
      '"""',
      String.fromCharCode(chance.below(0xffff)),
      result.slice(at, at + length),
    ]);
    result = result.slice(0, at) + insert + result.slice(at + (chance.onceIn(2) ? length : 0));
  }
  return result;
}
