/** Tables as statements need them, made once from the rows' metadata: an entity manager costs more per row than the database. */
import type { DataSource } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { Entities, Noun } from '../contract.js';
import { rowClasses } from './rows/index.js';

export interface TableColumn {
  readonly field: string;
  /** As the database has it, without quotes. */
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  /** The field's value as the driver takes it. */
  encode(value: unknown): unknown;
  /** What the driver gives, as the field's value. */
  decode(stored: unknown): unknown;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  column(field: string): TableColumn | undefined;
}

export type StoredRow = Readonly<Record<string, unknown>>;

const known = new WeakMap<DataSource, Map<Noun, Table>>();

/** The table of a noun, as this database's driver speaks of it. */
export function tableOf(source: DataSource, noun: Noun): Table {
  const tables = known.get(source) ?? new Map<Noun, Table>();
  known.set(source, tables);
  const table = tables.get(noun) ?? describe(source, noun);
  tables.set(noun, table);
  return table;
}

/** An entity out of its row. */
export function entityOf<N extends Noun>({ columns }: Table, row: StoredRow): Entities[N] {
  const entity: Record<string, unknown> = {};
  for (const { field, name, decode } of columns) entity[field] = decode(row[name]);
  return entity as unknown as Entities[N];
}

function describe(source: DataSource, noun: Noun): Table {
  const { tableName, columns } = source.getMetadata(rowClasses[noun]);
  const described = columns.map((column) => columnOf(source, column));
  const byField = new Map(described.map((column) => [column.field, column]));
  return { name: tableName, columns: described, column: (field) => byField.get(field) };
}

/** What drivers take and give as it is. */
const plainTypes: readonly unknown[] = ['varchar', 'integer'];
const asItIs = (value: unknown) => value;

function columnOf({ driver }: DataSource, column: ColumnMetadata): TableColumn {
  const { propertyName: field, databaseName: name, type, isNullable } = column;
  const isPlain = plainTypes.includes(type) && !column.transformer;
  return {
    field,
    name,
    type: String(type),
    isNullable,
    encode: isPlain ? asItIs : (value) => driver.preparePersistentValue(value, column),
    decode: isPlain ? asItIs : (stored) => driver.prepareHydratedValue(stored, column),
  };
}
