/** SQLite connections that keep their statements prepared: preparing one costs more than most of them take. */
import type sqlite3 from 'sqlite3';

type Driver = typeof sqlite3;
type Callback = (this: sqlite3.Statement, error: Error | null, rows?: unknown[]) => void;

const mostKept = 200;
/** Long ones (rows by the hundred) are seldom the same again. */
const longestKept = 4_000;
/** What changes settings or tables is prepared each time. */
const kept = /^(SELECT|INSERT|UPDATE|DELETE|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE) ?/;

/** The driver with such connections. */
export function preparedDriver(driver: Driver): object {
  class PreparedDatabase extends driver.Database {
    readonly #statements = new Map<string, sqlite3.Statement>();

    override run(sql: string, ...rest: unknown[]): this {
      return this.#through('run', sql, rest) ?? super.run(sql, ...rest);
    }

    override all(sql: string, ...rest: unknown[]): this {
      return this.#through('all', sql, rest) ?? super.all(sql, ...rest);
    }

    override close(callback?: (error: Error | null) => void): void {
      for (const statement of this.#statements.values()) statement.finalize();
      this.#statements.clear();
      super.close(callback);
    }

    #through(method: 'run' | 'all', sql: string, rest: readonly unknown[]): this | undefined {
      const callback = rest.at(-1);
      if (typeof callback !== 'function' || sql.length > longestKept || !kept.test(sql)) return undefined;
      const parameters = rest.length > 1 && rest[0] !== undefined ? rest[0] : [];
      const statement = this.#statements.get(sql) ?? this.#prepare(sql, callback as Callback);
      statement[method](parameters, callback as Callback);
      return this;
    }

    /** Kept once it is prepared; if it cannot be, its first user is told, and nothing that was asked of it is done. */
    #prepare(sql: string, callback: Callback): sqlite3.Statement {
      const statement = this.prepare(sql, (error: Error | null) => {
        if (error) callback.call(statement, error);
        else this.#keep(sql, statement);
      });
      return statement;
    }

    #keep(sql: string, statement: sqlite3.Statement): void {
      // Somebody else prepared the same meanwhile: this one ends when its own work is done.
      this.#statements.get(sql)?.finalize();
      this.#statements.set(sql, statement);
      const [oldest] = this.#statements;
      if (this.#statements.size <= mostKept || !oldest) return;
      this.#statements.delete(oldest[0]);
      oldest[1].finalize();
    }
  }
  const prepared = { ...driver, Database: PreparedDatabase };
  // TypeORM asks for stack traces of every statement, which cost more than the statements.
  return { ...prepared, verbose: () => prepared };
}
