/** Conditions as SQL: one row of a table per kind of condition, values always as parameters. */
import { EstateError } from '../../domain/errors.js';
import type { Condition, Entities, Noun, Selection, Where } from '../contract.js';
import type { Dialect } from './dialect.js';
import type { Table } from './table.js';

/** Where a condition stands: the table it speaks of, and the parameters of its whole statement. */
export interface Scope {
  readonly alias: string;
  readonly table: Table;
  readonly dialect: Dialect;
  readonly parameters: unknown[];
  tableOf(noun: Noun): Table;
}

interface Column {
  readonly sql: string;
  readonly isNullable: boolean;
}

/** The quoted column of a field. */
export function columnOf(scope: Scope, field: string): Column {
  const column = scope.table.column(field);
  if (!column) throw new EstateError('INTERNAL', {}, { cause: new Error(`${scope.table.name} has no field "${field}"`) });
  return { sql: `"${scope.alias}"."${column.name}"`, isNullable: column.isNullable };
}

/** Adds a value to the statement's parameters and answers its placeholder. */
export function parameter(scope: Scope, value: unknown): string {
  return scope.dialect.placeholder(scope.parameters.push(value));
}

/** An SQL condition that is true of exactly the rows that match. An absent condition never widens by accident: undefined is refused. */
export function whereSql(scope: Scope, where: Where<Entities[Noun]>): string {
  const terms = Object.entries(where).map(([field, value]) => {
    if (value === undefined) throw undefinedValue(field);
    return field === 'any' ? anySql(scope, value as readonly Where<Entities[Noun]>[]) : fieldSql(scope, field, value as Condition);
  });
  return terms.length === 0 ? '1=1' : terms.join(' AND ');
}

function anySql(scope: Scope, members: readonly Where<Entities[Noun]>[]): string {
  return members.length === 0 ? '1=0' : `(${members.map((member) => `(${whereSql(scope, member)})`).join(' OR ')})`;
}

function fieldSql(scope: Scope, field: string, condition: Condition): string {
  const column = columnOf(scope, field);
  const terms = Object.entries(condition).map(([kind, value]: [string, unknown]) => {
    if (value === undefined) throw undefinedValue(field);
    const build = builders[kind as keyof Condition] as ConditionBuilder<unknown> | undefined;
    if (!build) throw new EstateError('INTERNAL', {}, { cause: new Error(`there is no condition "${kind}"`) });
    return build(scope, column, value);
  });
  return terms.length === 0 ? '1=1' : terms.join(' AND ');
}

function undefinedValue(field: string): EstateError {
  return new EstateError('INTERNAL', {}, { cause: new Error(`the condition on "${field}" is undefined`) });
}

type ConditionBuilder<V> = (scope: Scope, column: Column, value: V) => string;

const comparison =
  (operator: string): ConditionBuilder<unknown> =>
  (scope, column, value) =>
    `${column.sql} ${operator} ${parameter(scope, value)}`;

const builders: { readonly [K in keyof Condition]-?: ConditionBuilder<NonNullable<Condition[K]>> } = {
  eq: (scope, column, value: unknown) => (value === null ? `${column.sql} IS NULL` : `${column.sql} = ${parameter(scope, value)}`),
  ne: (scope, column, value: unknown) =>
    value === null ? `${column.sql} IS NOT NULL` : orNull(column, `${column.sql} <> ${parameter(scope, value)}`),
  in: inSql,
  notIn: (scope, column, values) =>
    // Null is a value like others here, not SQL's unknown.
    values.includes(null) ? `NOT (${inSql(scope, column, values)})` : orNull(column, `NOT (${inSql(scope, column, values)})`),
  gte: comparison('>='),
  lte: comparison('<='),
  gt: comparison('>'),
  lt: comparison('<'),
  startsWith: (scope, column, text) => likeSql(scope, column, `${likeLiteral(text)}%`),
  contains: (scope, column, text) => likeSql(scope, column, `%${likeLiteral(text)}%`),
  has: (scope, column, item) => scope.dialect.listHolds(column.sql, parameter(scope, item)),
  within: (scope, column, selection) => `${column.sql} IN (${selectionSql(scope, selection)})`,
};

function orNull(column: Column, sql: string): string {
  return column.isNullable ? `(${sql} OR ${column.sql} IS NULL)` : sql;
}

function inSql(scope: Scope, column: Column, values: readonly unknown[]): string {
  if (values.includes(undefined)) throw undefinedValue(column.sql);
  const present = values.filter((value) => value !== null);
  const isPresent = present.length === 0 ? '1=0' : scope.dialect.isIn(column.sql, parameter(scope, scope.dialect.listParameter(present)));
  // Inside NOT the comparison must never be unknown, or a null row would be lost from both sides.
  return present.length < values.length ? `(${column.sql} IS NULL OR (${column.sql} IS NOT NULL AND ${isPresent}))` : isPresent;
}

/** Without regard to the case of ASCII letters: that is what `lower` knows on both databases. */
function likeSql(scope: Scope, column: Column, pattern: string): string {
  const lowered = pattern.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `lower(${column.sql}) LIKE ${parameter(scope, lowered)} ESCAPE '\\'`;
}

function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}

function selectionSql(scope: Scope, { noun, field, where }: Selection): string {
  const inner: Scope = { ...scope, alias: `${scope.alias}s`, table: scope.tableOf(noun) };
  const column = columnOf(inner, field);
  return `SELECT ${column.sql} FROM "${inner.table.name}" "${inner.alias}" WHERE ${column.sql} IS NOT NULL AND ${whereSql(inner, where)}`;
}
