/** What every noun's rows look like and what must be unique among them: read from the row classes and the migrations, so that it stands nowhere twice. */
import { getMetadataArgsStorage } from 'typeorm';
import { EstateError } from '../../../src/domain/errors.js';
import type { Noun } from '../../../src/store/contract.js';
import { migrations } from '../../../src/store/typeorm/migrations/index.js';
import { rowClasses } from '../../../src/store/typeorm/rows/index.js';

export interface Column {
  /** `varchar`, `integer`, `bigint`, `boolean`, `simple-json` or `bytea`. */
  readonly type: string;
  readonly isNullable: boolean;
}

export interface Table {
  readonly columns: ReadonlyMap<string, Column>;
  /** Fields whose values together may be there only once. */
  readonly uniques: readonly (readonly string[])[];
  /** Fields that name a row of another noun, which must be there when the transaction commits. */
  readonly parents: readonly Reference[];
  /** The other way round. */
  readonly children: readonly Reference[];
}

export interface Reference {
  readonly field: string;
  readonly noun: Noun;
}

export const nouns = Object.keys(rowClasses) as Noun[];

/** The column of a field. @throws EstateError INTERNAL when the noun has no such field */
export function columnOf(noun: Noun, field: string): Column {
  const column = tables[noun].columns.get(field);
  if (!column) throw new EstateError('INTERNAL', {}, { cause: new Error(`${noun} has no field "${field}"`) });
  return column;
}

const columnTypes = { text: 'varchar', bytes: 'blob', count: 'integer', keyed: ' WITHOUT ROWID' } as const;
const statements = migrations.flatMap((migration) => migration.statements(columnTypes));
const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function columnsOf(noun: Noun): ReadonlyMap<string, Column> {
  const classes: unknown[] = [];
  for (let row: unknown = rowClasses[noun]; typeof row === 'function'; row = Object.getPrototypeOf(row)) classes.push(row);
  const columns = getMetadataArgsStorage().columns.filter(({ target }) => classes.includes(target));
  return new Map(
    columns.map(({ propertyName, options }) => [propertyName, { type: String(options.type), isNullable: options.nullable === true }]),
  );
}

function uniquesOf(noun: Noun): readonly (readonly string[])[] {
  return statements.flatMap((statement) => {
    const [, table, columns] = /^CREATE UNIQUE INDEX \w+ ON (\w+) \(([^)]+)\)/.exec(statement) ?? [];
    return table !== undefined && camel(table) === noun ? [(columns ?? '').split(',').map((column) => camel(column.trim()))] : [];
  });
}

function parentsOf(noun: Noun): readonly Reference[] {
  const statement = statements.find((text) => camel(/^CREATE TABLE (\w+)/.exec(text)?.[1] ?? '') === noun) ?? '';
  const references = [...statement.matchAll(/(\w+) \w+(?: COLLATE "C")? NOT NULL REFERENCES (\w+)/g)];
  return references.map(([, field, parent]) => ({ field: camel(field ?? ''), noun: camel(parent ?? '') as Noun }));
}

const parents = new Map(nouns.map((noun) => [noun, parentsOf(noun)]));

function childrenOf(noun: Noun): readonly Reference[] {
  return [...parents].flatMap(([child, references]) =>
    references.filter((reference) => reference.noun === noun).map(({ field }) => ({ field, noun: child })),
  );
}

export const tables = Object.fromEntries(
  nouns.map((noun) => [
    noun,
    { columns: columnsOf(noun), uniques: uniquesOf(noun), parents: parents.get(noun) ?? [], children: childrenOf(noun) } satisfies Table,
  ]),
) as Readonly<Record<Noun, Table>>;
