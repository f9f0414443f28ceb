import type { DataSource, QueryRunner } from 'typeorm';
import { EstateError } from '../../domain/errors.js';
import { fingerprint, migrationsDone } from './migrations/definition.js';
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
 * @throws EstateError STORE_UNAVAILABLE when a newer version has been here, or a build whose migrations were others: its
 * tables would be found out one by one, while keys are worked on.
 */
export async function migrate(source: DataSource): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    await refuseForeign(runner);
  } finally {
    await runner.release();
  }
  await source.runMigrations({ transaction: 'all' });
}

async function refuseForeign(runner: QueryRunner): Promise<void> {
  const done = await migrationsDone(runner);
  const known = new Map(migrations.map((definition, index) => [definition.name, { definition, number: `${index + 1}`.padStart(4, '0') }]));
  const unknown = [...done.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0) throw refusal('this database is of a newer version of kyok', unknown);
  for (const [name, { definition, number }] of known) {
    if (!done.has(name) || done.get(name) === fingerprint(runner, definition)) continue;
    const reason = `this database was made by another build of kyok (migration ${number} differs)`;
    throw refusal(`${reason}: start that build, or give this one a data folder or database of its own`, [name]);
  }
}

function refusal(reason: string, names: readonly string[]): EstateError {
  return new EstateError('STORE_UNAVAILABLE', { reason, migrations: names }, { cause: new Error(reason) });
}
