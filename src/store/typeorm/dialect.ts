/** What the two databases say differently. `column` is quoted, `parameter` is a placeholder. */
export interface Dialect {
  readonly begin: string;
  /** Ends the work's checks that wait for the commit, where the database can do so earlier. */
  readonly checkNow: string | null;
  placeholder(position: number): string;
  /** A list of values as one parameter, so that its length has no bound and no effect on the statement. */
  listParameter(values: readonly unknown[]): unknown;
  isIn(column: string, parameter: string): string;
  /** Whether a column that holds a JSON list of texts holds this one. */
  listHolds(column: string, parameter: string): string;
}

export const sqliteDialect: Dialect = {
  begin: 'BEGIN IMMEDIATE',
  checkNow: null,
  placeholder: (position) => `?${position}`,
  listParameter: (values) => JSON.stringify(values),
  isIn: (column, parameter) => `${column} IN (SELECT value FROM json_each(${parameter}))`,
  listHolds: (column, parameter) => `EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = ${parameter})`,
};

export const postgresDialect: Dialect = {
  begin: 'BEGIN',
  checkNow: 'SET CONSTRAINTS ALL IMMEDIATE',
  placeholder: (position) => `$${position}`,
  listParameter: (values) => values,
  isIn: (column, parameter) => `${column} = ANY(${parameter})`,
  listHolds: (column, parameter) => `jsonb_exists(CAST(${column} AS jsonb), ${parameter})`,
};
