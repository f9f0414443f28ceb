/** Two inserts in a TypeORM transaction, one transaction after the other for 16 callers, durable. */
import { randomUUID } from 'node:crypto';
import { DataSource, EntitySchema } from 'typeorm';
import { tell } from './limit.mjs';

const [file, seconds, clients] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const columns = { id: { type: 'varchar', primary: true }, name: { type: 'varchar' }, state: { type: 'varchar' }, at: { type: 'varchar' } };
const parent = new EntitySchema({ name: 'parent', columns });
const child = new EntitySchema({ name: 'child', columns });
const source = new DataSource({ type: 'sqlite', database: file, entities: [parent, child], synchronize: true });
await source.initialize();
await source.query('PRAGMA journal_mode = WAL');
await source.query('PRAGMA synchronous = FULL');

const row = () => ({ id: randomUUID(), name: 'name', state: 'ACTIVE', at: new Date().toISOString() });
let last = Promise.resolve();
/** TypeORM has one connection to SQLite, so transactions take turns. */
function transaction() {
  last = last.then(() =>
    source.transaction(async (manager) => {
      await manager.insert('parent', row());
      await manager.insert('child', row());
    }),
  );
  return last;
}

for (let warm = 0; warm < 50; warm += 1) await transaction();
await tell(async () => {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < end) {
        await transaction();
        count += 1;
      }
    }),
  );
  return count;
});
await source.destroy();
