/** A keystore type that loses replies, throttles, shows old pictures and is asked twice, by a seeded die. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Id, Timestamp } from '../../src/domain/entity.js';
import { EstateError } from '../../src/domain/errors.js';
import type { RemoteKey, RemoteKeyVersion } from '../../src/domain/remote-key.js';
import { secondsBetween } from '../../src/domain/time.js';
import type { KeystoreConnection, KeystoreDriver, KeyToPlace, VersionToPlace } from '../../src/keystores/contract.js';
import { internalDescriptor } from '../../src/keystores/internal/descriptor.js';
import { die } from '../histories/random.js';

/** How often each thing goes wrong, from 0 to 1. */
export interface Faults {
  /** The request never arrives. */
  readonly lostRequest: number;
  /** It is done, and the reply never arrives. */
  readonly lostReply: number;
  readonly throttled: number;
  /** The request is delivered twice. */
  readonly delivered2: number;
  /** A look shows what was before the changes of the last `staleSeconds`. */
  readonly stale: number;
  readonly staleSeconds: number;
  /** Longest delay of a reply in milliseconds. */
  readonly slowMilliseconds: number;
  /** Looks go through; only steps suffer. */
  readonly stepsOnly: boolean;
}

export const noFaults: Faults = {
  lostRequest: 0,
  lostReply: 0,
  throttled: 0,
  delivered2: 0,
  stale: 0,
  staleSeconds: 0,
  slowMilliseconds: 0,
  stepsOnly: false,
};

export interface FaultyKeystore {
  readonly driver: KeystoreDriver;
  /** From now on these go wrong. */
  suffer(faults: Partial<Faults>): void;
  /** Every key of a keystore as it truly is, ended ones too: a doubled create shows as two. */
  keys(keystoreId: Id): readonly RemoteKey[];
  /** Somebody changes a key behind the orchestrator's back. */
  tamper(keystoreId: Id, managedKeyId: Id, change: (key: RemoteKey) => RemoteKey): void;
  /** Names of the requests that had an effect, in order. */
  readonly effects: readonly string[];
}

interface Held {
  key: RemoteKey;
  /** What a look showed before each change. */
  history: { readonly at: Timestamp; readonly before: RemoteKey | null }[];
}

export function faultyKeystore(options: { readonly now: () => Timestamp; readonly seed?: number; readonly type?: string }): FaultyKeystore {
  const roll = die(options.seed ?? 1);
  const cloud = new Map<Id, Held[]>();
  const effects: string[] = [];
  let faults = noFaults;
  let created = 0;
  const inKeystore = (keystoreId: Id) => {
    const held = cloud.get(keystoreId) ?? [];
    cloud.set(keystoreId, held);
    return held;
  };
  const living = (keystoreId: Id, managedKeyId: Id) =>
    inKeystore(keystoreId).find(({ key }) => key.managedKeyId === managedKeyId && key.state !== 'DESTROYED');

  /** Delivers a request through the weather. */
  async function deliver<T>(request: () => T): Promise<T> {
    if (faults.slowMilliseconds > 0) await sleep(roll() * faults.slowMilliseconds);
    if (roll() < faults.throttled) throw new EstateError('RATE_LIMITED', { retryAfterSeconds: 2 });
    if (roll() < faults.lostRequest) throw new EstateError('KEYSTORE_UNREACHABLE');
    const reply = request();
    if (roll() < faults.delivered2) request();
    if (roll() < faults.lostReply) throw new EstateError('KEYSTORE_UNREACHABLE');
    return reply;
  }

  function put(held: Held, name: string, next: RemoteKey): void {
    if (JSON.stringify(next) === JSON.stringify(held.key)) return;
    held.history.push({ at: options.now(), before: held.key });
    held.key = next;
    effects.push(name);
  }

  async function changeKey(
    keystoreId: Id,
    { managedKeyId }: KeyToPlace,
    name: string,
    change: (key: RemoteKey) => RemoteKey,
  ): Promise<void> {
    await deliver(() => {
      const held = living(keystoreId, managedKeyId);
      if (held) put(held, name, change(held.key));
      else if (name !== 'destroy') throw new EstateError('KEYSTORE_REFUSED');
    });
  }

  function install(keystoreId: Id, key: KeyToPlace, version: VersionToPlace): void {
    const held = living(keystoreId, key.managedKeyId);
    if (held) {
      put(held, 'install', withVersion(held.key, version));
      return;
    }
    created += 1;
    const { managedKeyId, name } = key;
    const empty: RemoteKey = { managedKeyId, remoteId: `remote-${created}`, name, state: 'ACTIVE', pendingUntil: null, versions: [] };
    const history = [{ at: options.now(), before: null }];
    inKeystore(keystoreId).push({ key: withVersion(empty, version), history });
    effects.push('install');
  }

  function look(keystoreId: Id, managedKeyId: Id): RemoteKey | null {
    const held = inKeystore(keystoreId).findLast(({ key }) => key.managedKeyId === managedKeyId);
    if (!held) return null;
    const recent = held.history.filter(({ at }) => secondsBetween(at, options.now()) < faults.staleSeconds);
    const isStale = recent.length > 0 && roll() < faults.stale;
    return isStale ? (recent[Math.floor(roll() * recent.length)]?.before ?? null) : held.key;
  }

  function connectionTo(keystoreId: Id): KeystoreConnection {
    return {
      test: async () => await deliver(() => ({ message: 'the fake answers', location: 'nowhere' })),
      inspect: async ({ managedKeyId }) => {
        const request = () => look(keystoreId, managedKeyId);
        return faults.stepsOnly ? request() : await deliver(request);
      },
      install: async (key, version) => await deliver(() => install(keystoreId, key, version)),
      setVersionState: async (key, version, state) =>
        await changeKey(keystoreId, key, 'setVersionState', (held) => ({
          ...held,
          versions: held.versions.map((each) => (each.version === version ? { ...each, state } : each)),
        })),
      setState: async (key, state) => await changeKey(keystoreId, key, 'setState', (held) => ({ ...held, state })),
      rename: async (key, name) => await changeKey(keystoreId, key, 'rename', (held) => ({ ...held, name })),
      scheduleDestruction: async (key, until) =>
        await changeKey(keystoreId, key, 'scheduleDestruction', (held) => ({ ...held, state: 'PENDING_DESTRUCTION', pendingUntil: until })),
      cancelDestruction: async (key) =>
        await changeKey(keystoreId, key, 'cancelDestruction', (held) => ({ ...held, state: 'DEACTIVATED', pendingUntil: null })),
      destroy: async (key) =>
        await changeKey(keystoreId, key, 'destroy', (held) => ({
          ...held,
          state: 'DESTROYED',
          pendingUntil: null,
          versions: held.versions.map((version) => ({ ...version, state: 'DESTROYED' as const })),
        })),
      list: async function* () {
        for (const { key } of inKeystore(keystoreId)) if (key.state !== 'DESTROYED') yield key;
      },
      close: async () => {},
    };
  }

  const type = options.type ?? 'faulty';
  return {
    driver: {
      descriptor: {
        ...internalDescriptor,
        type,
        title: 'Faulty',
        capabilities: { ...internalDescriptor.capabilities, holdsKeysForUse: false },
      },
      connect: async ({ id }) => connectionTo(id),
    },
    suffer: (next) => {
      faults = { ...noFaults, ...next };
    },
    keys: (keystoreId) => inKeystore(keystoreId).map(({ key }) => key),
    tamper: (keystoreId, managedKeyId, change) => {
      const held = living(keystoreId, managedKeyId);
      if (held) held.key = change(held.key);
    },
    effects,
  };
}

/** The key with the version as its current one; a version that is there already is not added again. */
function withVersion(key: RemoteKey, { version, fingerprint }: VersionToPlace): RemoteKey {
  const added: RemoteKeyVersion = { remoteVersionId: `${key.remoteId}/${version}`, version, fingerprint, state: 'ACTIVE', isCurrent: true };
  const others = key.versions.filter((held) => held.version !== version).map((held) => ({ ...held, isCurrent: false }));
  const versions = [...others, added].sort((a, b) => (a.version ?? 0) - (b.version ?? 0));
  return { ...key, state: key.state === 'PENDING_DESTRUCTION' ? key.state : 'ACTIVE', versions };
}
