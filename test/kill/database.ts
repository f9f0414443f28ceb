/** The database under a server, read past it: rows as they are, in one transaction. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import sqlite3 from 'sqlite3';

export type Row = Readonly<Record<string, unknown>>;

/** One consistent state of the database. */
export interface Reading {
  rows(sql: string): Promise<readonly Row[]>;
}

/** Where a server keeps its estate. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  /** What the server's environment says of it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Reads all within one transaction, while the server runs or not. */
  read<T>(work: (reading: Reading) => Promise<T>): Promise<T>;
  /** Holds a read transaction open until told to let go. */
  hold(): Promise<() => Promise<void>>;
}

/** The embedded database in a data folder. */
export function sqliteIn(dataDir: string): Database {
  const file = join(dataDir, 'kyok.db');
  return withHolding({
    kind: 'sqlite',
    settings: {},
    open: async () => {
      if (!existsSync(file)) throw new Error(`there is no database ${file}`);
      const connection = await new Promise<sqlite3.Database>((resolve, reject) => {
        const opened = new sqlite3.Database(file, sqlite3.OPEN_READONLY, (error) => (error ? reject(error) : resolve(opened)));
      });
      connection.configure('busyTimeout', 10_000);
      return {
        rows: (sql) =>
          new Promise((resolve, reject) => connection.all(sql, (error, rows) => (error ? reject(error) : resolve(rows as Row[])))),
        close: () => new Promise((resolve, reject) => connection.close((error) => (error ? reject(error) : resolve()))),
      };
    },
  });
}

/** A database of PostgreSQL. */
export function postgresAt(url: string): Database {
  return withHolding({
    kind: 'postgres',
    settings: { KYOK_DATABASE_URL: url },
    open: async () => {
      const connection = new pg.Client({ connectionString: url, application_name: 'kyok-kill' });
      // Where the database server itself is killed, an idle connection ends without anybody's question.
      connection.on('error', () => undefined);
      await connection.connect();
      return {
        rows: async (sql) => (await connection.query(sql)).rows as Row[],
        close: async () => await connection.end(),
      };
    },
  });
}

interface Connection extends Reading {
  close(): Promise<void>;
}

interface Place extends Pick<Database, 'kind' | 'settings'> {
  open(): Promise<Connection>;
}

function withHolding({ open, kind, settings }: Place): Database {
  const begin = async (): Promise<Connection> => {
    const connection = await open();
    await connection.rows(kind === 'postgres' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN');
    return connection;
  };
  return {
    kind,
    settings,
    read: async (work) => {
      const connection = await begin();
      try {
        return await work(connection);
      } finally {
        await connection.close();
      }
    },
    hold: async () => {
      const connection = await begin();
      // The transaction begins to see with its first statement.
      await connection.rows('SELECT count(*) FROM vault');
      return async () => await connection.close();
    },
  };
}
