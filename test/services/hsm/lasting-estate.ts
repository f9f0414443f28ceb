/** An estate that ends and goes on: database and HSM state lie in places that can be copied and put back in between. */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Id } from '../../../src/domain/entity.js';
import type { KeyBlob } from '../../../src/domain/key-blob.js';
import type { KeyTemplate } from '../../../src/domain/template.js';
import type { Hsm } from '../../../src/hsm/contract.js';
import { sealedStateFile } from '../../../src/hsm/soft/sealed-state-file.js';
import { softHsm } from '../../../src/hsm/soft/soft-hsm.js';
import type { Estate } from '../../../src/services/estate.js';
import { checkContinuity } from '../../../src/services/hsm/continuity.js';
import { type GuardedHsm, guardedHsm } from '../../../src/services/hsm/guarded-hsm.js';
import { type MemoryKeeper, memoryKeeper } from '../../../src/services/hsm/memory-keeper.js';
import type { Restored } from '../../../src/services/hsm/restored.js';
import { createKeystore } from '../../../src/services/keystores/create.js';
import { createManagedKey } from '../../../src/services/managed-keys/create.js';
import type { Operation } from '../../../src/services/operation.js';
import { perform } from '../../../src/services/perform.js';
import { createKeyTemplate } from '../../../src/services/templates/create.js';
import { createVault } from '../../../src/services/vaults/create.js';
import type { Store } from '../../../src/store/contract.js';
import type { TypeormStoreOptions } from '../../../src/store/typeorm/options.js';
import { typeormStore } from '../../../src/store/typeorm/typeorm-store.js';
import { type TestEstate, testEstate } from '../../fakes/estate.js';

/** A key, and what opens it. */
export interface LastingKey {
  readonly id: Id;
  readonly blob: KeyBlob;
}

export interface Place {
  readonly options: TypeormStoreOptions;
  /** What lies there now, somewhere else; nobody may have it open. */
  copy(): Promise<Place>;
}

export function sqlitePlace(folder: string): Place {
  const file = join(folder, `${randomUUID()}.db`);
  return {
    options: { type: 'sqlite', file },
    copy: async () => {
      const other = sqlitePlace(folder);
      if (other.options.type === 'sqlite') cpSync(file, other.options.file);
      return other;
    },
  };
}

export function postgresPlace(url: string): Place {
  return {
    options: { type: 'postgres', url },
    copy: async () => {
      const [name, other] = [new URL(url), new URL(url)];
      other.pathname = `/copy_${randomUUID().replaceAll('-', '')}`;
      const elsewhere = new URL(url);
      elsewhere.pathname = '/postgres';
      const client = new pg.Client({ connectionString: elsewhere.href });
      await client.connect();
      await client.query(`CREATE DATABASE ${other.pathname.slice(1)} TEMPLATE "${name.pathname.slice(1)}"`);
      await client.end();
      return postgresPlace(other.href);
    },
  };
}

/** The HSM's state, and what a restore left for the server. */
export interface HsmPlace {
  readonly folder: string;
  text(): string;
  putBack(text: string): void;
  note: Restored | null;
}

export function hsmPlace(): HsmPlace {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-continuity-'));
  const file = join(folder, 'sealed-state.json');
  return { folder, text: () => readFileSync(file, 'utf8'), putBack: (text) => writeFileSync(file, text), note: null };
}

export interface LastingEstate extends TestEstate {
  /** A new AES key with its one version. */
  make(): Promise<LastingKey>;
  run<Input, Output>(operation: Operation<Input, Output>, input: unknown): Promise<Output>;
  readonly guard: GuardedHsm;
  readonly keeper: MemoryKeeper;
  /** The HSM without its guard. */
  readonly bareHsm: Hsm;
  /** The server's end: the HSM remembers the log as it is. */
  stop(): Promise<void>;
  /** The process's end: nothing is remembered any more. */
  kill(): Promise<void>;
}

export interface Around {
  readonly hsm?: (hsm: Hsm) => Hsm;
  readonly store?: (store: Store) => Store;
}

/** Opens what lies there, without looking whether it belongs together: `guard.verify()` does. */
export async function lastingEstate(place: Place, at: HsmPlace, around: Around = {}): Promise<LastingEstate> {
  const deviceKey = { command: `echo ${'ab'.repeat(32)}` };
  const soft = await softHsm({ sealedState: sealedStateFile(join(at.folder, 'sealed-state.json'), 'soft'), deviceKey });
  const bareHsm = around.hsm?.(soft) ?? soft;
  const opened = await typeormStore(place.options);
  const store = around.store?.(opened) ?? opened;
  const notes = {
    read: () => at.note,
    remove: () => {
      at.note = null;
    },
  };
  const guard: GuardedHsm = guardedHsm(bareHsm, () => checkContinuity({ ...world.estate, hsm: bareHsm }, notes), silent);
  const world = await testEstate({ hsm: guard.hsm, aroundStore: () => store, newId: () => randomUUID() });
  const keeper = memoryKeeper(world.estate, { onRolledBack: guard.refuse });
  const kill = async () => {
    await world.close();
    await opened.close();
  };
  const run: LastingEstate['run'] = async (operation, input) => await perform(world.estate, world.admin, operation, input);
  return {
    ...world,
    run,
    make: () => makeKey(world.estate, run),
    guard,
    keeper,
    bareHsm,
    kill,
    stop: async () => {
      await keeper.stop();
      await kill();
    },
  };
}

async function makeKey({ store }: Estate, run: LastingEstate['run']): Promise<LastingKey> {
  const [known] = await store.read.find('keyTemplate', {}, 1);
  const template = known ?? (await makeTemplate(run));
  const { id } = await run(createManagedKey, { vaultId: template.vaultId, templateId: template.id, label: `key-${randomUUID()}` });
  const [version] = await store.read.find('keyVersion', { managedKeyId: { eq: id } });
  const blob = await store.read.get('keyBlob', version?.blobId ?? '');
  if (!blob) throw new Error('the key has no blob');
  return { id, blob };
}

async function makeTemplate(run: LastingEstate['run']): Promise<KeyTemplate> {
  const { id: vaultId } = await run(createVault, { name: 'payments' });
  await run(createKeystore, { vaultId, type: 'internal', name: 'ring' });
  return await run(createKeyTemplate, {
    vaultId,
    name: 'plain',
    key: { algorithm: 'AES', size: '256' },
    targets: [{ keystoreType: 'internal', group: 'ring' }],
  });
}

const nothing = () => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export function removeFolder({ folder }: HsmPlace): void {
  rmSync(folder, { recursive: true, force: true });
}
