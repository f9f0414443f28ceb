/** An estate for tests: a real sqlite store in a folder of its own, the soft HSM in this process, and a clock that is set by hand. */
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord } from '../../src/domain/audit-event.js';
import { gcmEncryptionLimit } from '../../src/domain/encryption-limit.js';
import type { Id, Timestamp } from '../../src/domain/entity.js';
import type { Principal, Scope } from '../../src/domain/principal.js';
import { addSeconds } from '../../src/domain/time.js';
import type { Hsm } from '../../src/hsm/contract.js';
import { softHsm } from '../../src/hsm/soft/soft-hsm.js';
import type { KeystoreDriver } from '../../src/keystores/contract.js';
import { keystoreTypes } from '../../src/keystores/index.js';
import { internalKeystore } from '../../src/keystores/internal/internal-keystore.js';
import { type AuditDelivery, noDelivery } from '../../src/services/audit/delivery/audit-delivery.js';
import { type Call, systemCall } from '../../src/services/call.js';
import type { Estate, ListenerCertificate, Log, Policy } from '../../src/services/estate.js';
import { keyManagement } from '../../src/services/kms/key-management.js';
import { measurements } from '../../src/services/metrics/measurements.js';
import { realTimers } from '../../src/services/timers.js';
import type { Store } from '../../src/store/contract.js';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';

export interface TestEstateOptions {
  readonly policy?: Partial<Policy>;
  /** Keystore types beside `internal`. */
  readonly drivers?: readonly KeystoreDriver[];
  readonly hsm?: Hsm;
  /** For an estate that goes on where another ended; default: ids in the order they are asked for. */
  readonly newId?: () => Id;
  /** Stands between the estate and the store, to make it fail. */
  readonly aroundStore?: (store: Store) => Store;
  /** Stands between the audit log and the answers of operations. */
  readonly delivery?: (foundation: Pick<Estate, 'store' | 'log' | 'now' | 'newId'>) => AuditDelivery;
  readonly listenerCertificate?: ListenerCertificate;
  /** Told every line of the log. */
  readonly log?: (level: string, fields: object, message: string) => void;
}

export interface TestEstate {
  readonly estate: Estate;
  /** The folder that holds everything the estate writes. */
  readonly folder: string;
  /** The instance's administrator, who may do everything. */
  readonly admin: Call;
  readonly clock: { now(): Timestamp; set(time: Timestamp): void; advance(seconds: number): void };
  /** A new principal with these roles (built-in ids or custom roles' ids); without a scope they hold on the instance. */
  callOf(roles: readonly string[], scope?: Scope): Promise<Call>;
  /** All audit records so far. */
  audit(): Promise<readonly AuditRecord[]>;
  close(): Promise<void>;
}

/** Zero waits, as in the development profile. */
export const testPolicy: Policy = {
  destroyWaitSeconds: 0,
  rotationWaitSeconds: 0,
  pendingDestructionSeconds: 0,
  rotateDeactivated: false,
  useCompromised: false,
  encryptionLimit: gcmEncryptionLimit,
  importKeySeconds: 3600,
  maxItems: 1000,
};

/** The first moment of every test estate. */
export const testStart: Timestamp = '2030-01-01T00:00:00.000Z';

/** @returns an estate of its own; close it after the test. */
export async function testEstate(options: TestEstateOptions = {}): Promise<TestEstate> {
  const folder = await mkdtemp(join(tmpdir(), 'kyok-test-'));
  const realStore = await typeormStore({ type: 'sqlite', file: join(folder, 'kyok.db') });
  const store = options.aroundStore?.(realStore) ?? realStore;
  const hsm = options.hsm ?? (await softHsm());
  const clock = testClock();
  const newId = options.newId ?? idCounter();
  const log = testLog(options.log);
  const foundation = { store, hsm, log, now: clock.now, timers: { ...realTimers, milliseconds: clock.milliseconds }, newId };
  const types = keystoreTypes([internalKeystore(keyManagement(foundation)), ...(options.drivers ?? [])]);
  const estate: Estate = {
    ...foundation,
    instanceId: '00000000-0000-4000-8000-0000000000aa',
    version: '0.0.0-test',
    profile: 'development',
    measurements: measurements(),
    delivery: options.delivery?.(foundation) ?? noDelivery,
    listenerCertificate: () => options.listenerCertificate ?? null,
    keystoreTypes: types,
    policy: { ...testPolicy, ...options.policy },
    keyedHash: (secret) => createHmac('sha256', 'test pepper').update(secret).digest('hex'),
  };
  const callOf = (roles: readonly string[], scope: Scope = { kind: 'INSTANCE', id: null }) => newCaller(estate, roles, scope);
  return {
    estate,
    folder,
    clock,
    callOf,
    admin: await callOf(['InstanceAdministrator']),
    audit: async () => await store.audit.read(0, 10_000),
    close: async () => {
      await realStore.close();
      await hsm.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function testClock() {
  let time = testStart;
  let advanced = 0;
  return {
    /** Monotonic: it goes on with the clock that is advanced, and stays when that is set. */
    milliseconds: () => realTimers.milliseconds() + advanced,
    now: () => time,
    set: (next: Timestamp) => {
      time = next;
    },
    advance: (seconds: number) => {
      time = addSeconds(time, seconds);
      advanced += Math.max(0, seconds) * 1000;
    },
  };
}

/** Ids in the order they are asked for. */
function idCounter(): () => Id {
  let count = 0;
  return () => {
    count += 1;
    return `00000000-0000-4000-9000-${count.toString(16).padStart(12, '0')}`;
  };
}

function testLog(write: TestEstateOptions['log']): Log {
  const level = (name: string) => (fields: object, message: string) => write?.(name, fields, message);
  return { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
}

async function newCaller(estate: Estate, roles: readonly string[], scope: Scope): Promise<Call> {
  const author = systemCall('setup', estate.newId()).principal.id;
  const tracked = () => {
    const now = estate.now();
    return { id: estate.newId(), revision: 1, createdAt: now, createdBy: author, updatedAt: now, updatedBy: author };
  };
  const principal: Principal = { ...tracked(), kind: 'USER', name: `test ${roles.join(' ')}`.slice(0, 100), description: '' };
  await estate.store.write(async (tx) => {
    await tx.insert('principal', principal);
    for (const roleId of roles) await tx.insert('roleBinding', { ...tracked(), principalId: principal.id, roleId, scope });
  });
  return { principal, credentialId: null, face: 'test', address: null, requestId: estate.newId() };
}
