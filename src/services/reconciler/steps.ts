import { EstateError } from '../../domain/errors.js';
import type { ReconcileStep } from '../../domain/reconcile-step.js';
import type { KeystoreConnection, KeyToPlace } from '../../keystores/contract.js';
import type { Estate } from '../estate.js';
import type { SeenChange } from './seen-changes.js';
import { type Subject, versionToPlace } from './subject.js';

/** A step that asks something of the keystore. */
export type Deed = Exclude<ReconcileStep, { kind: 'none' | 'wait' | 'blocked' }>;

export function isDeed(step: ReconcileStep): step is Deed {
  return step.kind !== 'none' && step.kind !== 'wait' && step.kind !== 'blocked';
}

type Deeds = {
  readonly [K in Deed['kind']]: (
    connection: KeystoreConnection,
    key: KeyToPlace,
    step: Extract<Deed, { kind: K }>,
    material: (version: number) => ReturnType<typeof versionToPlace>,
  ) => Promise<void>;
};

const deeds: Deeds = {
  install: async (connection, key, { version }, material) => await connection.install(key, await material(version)),
  setState: async (connection, key, { state }) => await connection.setState(key, state),
  setVersionState: async (connection, key, { version, state }) => await connection.setVersionState(key, version, state),
  rename: async (connection, key, { name }) => await connection.rename(key, name),
  scheduleDestruction: async (connection, key, { until }) => await connection.scheduleDestruction(key, until),
  cancelDestruction: async (connection, key) => await connection.cancelDestruction(key),
  destroy: async (connection, key) => await connection.destroy(key),
};

/** Asks the keystore for one step. Whether it happened, the next look tells. */
export async function take(estate: Estate, connection: KeystoreConnection, subject: Subject, key: KeyToPlace, step: Deed): Promise<void> {
  const deed = deeds[step.kind] as Deeds[Deed['kind']] & ((...args: unknown[]) => Promise<void>);
  await deed(connection, key, step, async (number: number) => {
    const version = subject.versions.find((candidate) => candidate.version === number);
    if (!version) throw new EstateError('KEY_VERSION_NOT_FOUND');
    return await versionToPlace(estate, subject, version);
  });
}

/** The changes that a step may bring about: any other one was somebody else's, or is an old picture. */
const effects: Readonly<Record<Deed['kind'], readonly SeenChange['verb'][]>> = {
  install: ['install', 'rotate', 'activate'],
  setState: ['activate', 'deactivate'],
  setVersionState: ['activate', 'deactivate'],
  rename: [],
  scheduleDestruction: ['schedule-destruction', 'deactivate'],
  cancelDestruction: ['cancel-destruction', 'activate', 'deactivate'],
  destroy: ['destroy', 'schedule-destruction', 'deactivate'],
};

export function bringsAbout(step: Deed, change: SeenChange): boolean {
  return effects[step.kind].includes(change.verb);
}

export function isSameStep(a: ReconcileStep, b: ReconcileStep | undefined): boolean {
  return b !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
