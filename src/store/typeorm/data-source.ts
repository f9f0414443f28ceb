import type { DataSource } from 'typeorm';
import { EstateError } from '../../domain/errors.js';
import { migrations } from './migrations/index.js';
import { rowClasses } from './rows/index.js';
import { SnakeNames } from './snake-names.js';

/** What every data source has in common. The schema is never synchronized from the row classes. */
export function commonOptions() {
  return {
    entities: Object.values(rowClasses),
    migrations: [...migrations],
    migrationsTableName: 'migration',
    namingStrategy: new SnakeNames(),
    synchronize: false,
    logging: false,
  };
}

/**
 * Brings the tables up to this version.
 * @throws EstateError STORE_UNAVAILABLE when a newer version has been here: it must not be worked on by an older one.
 */
export async function migrate(source: DataSource): Promise<void> {
  await source.runMigrations({ transaction: 'all' });
  const known = new Set(migrations.map(({ name }) => name));
  const done: { name: string }[] = await source.query('SELECT name FROM migration');
  const unknown = done.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (unknown.length > 0) throw new EstateError('STORE_UNAVAILABLE', { reason: 'the database is of a newer version', migrations: unknown });
}
