/** A vault with keystores, and keys in them, made through the operations themselves. */
import type { Id } from '../../src/domain/entity.js';
import type { Keystore } from '../../src/domain/keystore.js';
import type { ManagedKey } from '../../src/domain/managed-key.js';
import type { Call } from '../../src/services/call.js';
import { createKeystore } from '../../src/services/keystores/create.js';
import { createManagedKey } from '../../src/services/managed-keys/create.js';
import type { Operation } from '../../src/services/operation.js';
import { perform } from '../../src/services/perform.js';
import { type Reconciler, type ReconcilerOptions, reconciler } from '../../src/services/reconciler/reconciler.js';
import { createVault } from '../../src/services/vaults/create.js';
import { type TestEstate, type TestEstateOptions, testEstate } from './estate.js';

export interface KeyWorld extends TestEstate {
  readonly vaultId: Id;
  readonly keystore: Keystore;
  readonly reconciler: Reconciler;
  /** Performs as the administrator, or as another caller. */
  perform<Input, Output>(operation: Operation<Input, Output>, input: unknown, call?: Call): Promise<Output>;
  addKeystore(type: string, name: string): Promise<Keystore>;
  /** A new key in every keystore of these types' group `keys`; not driven yet. */
  newKey(algorithm: string, size: string, fields?: object, keystoreTypes?: readonly string[]): Promise<ManagedKey>;
}

/** @returns an estate with one vault and one internal keystore; its reconciler is not started. */
export async function keyWorld(options: TestEstateOptions = {}, reconcilerOptions: ReconcilerOptions = {}): Promise<KeyWorld> {
  const world = await testEstate(options);
  const run = async <Input, Output>(operation: Operation<Input, Output>, input: unknown, call: Call = world.admin) =>
    await perform(world.estate, call, operation, input);
  const { id: vaultId } = await run(createVault, { name: 'Retail' });
  const addKeystore = async (type: string, name: string) => await run(createKeystore, { vaultId, type, name, groups: ['keys'] });
  const keystore = await addKeystore('internal', 'ring');
  let count = 0;
  return {
    ...world,
    vaultId,
    keystore,
    reconciler: reconciler(world.estate, { random: () => 0, ...reconcilerOptions }),
    perform: run,
    addKeystore,
    newKey: async (algorithm, size, fields = {}, keystoreTypes = ['internal']) => {
      count += 1;
      const targets = keystoreTypes.map((keystoreType) => ({ keystoreType, group: 'keys' }));
      return await run(createManagedKey, { vaultId, label: `key-${count}`, template: { key: { algorithm, size }, targets }, ...fields });
    },
  };
}

/** What an operation is refused with. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'NOT_REFUSED';
}
