/** Where things that expire are found: one source per kind, each in the order in which they expire. */
import type { Timestamp } from '../../domain/entity.js';
import type { Expiring, ExpiringKind } from '../../domain/expiry.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import type { ApiKey } from '../../domain/principal.js';
import { expiryOf } from '../../domain/schedule.js';
import { addDays, compareTimes, dayOf } from '../../domain/time.js';
import type { Page, PageQuery, Reader, Where } from '../../store/contract.js';
import type { Estate } from '../estate.js';

/** Conditions on managed keys beside their expiry: what the caller may see. */
export type KeyScope = Where<ManagedKey>;

export interface Source {
  readonly kind: ExpiringKind;
  /** What expires until then, and was not overtaken by its end; managed keys that have expired and are still there count. */
  page(until: Timestamp, query: Pick<PageQuery<never>, 'limit' | 'cursor'>): Promise<Pick<Page<Expiring>, 'items' | 'hasNext'>>;
  count(until: Timestamp): Promise<number>;
  /** The same thing as it is now, inside a transaction; `undefined` when it is gone or expires no more. */
  again(reader: Reader, id: string): Promise<Expiring | undefined>;
}

export function managedKeySource({ store }: Pick<Estate, 'store'>, scope: KeyScope = {}): Source {
  const where = (until: Timestamp): Where<ManagedKey> => ({
    ...scope,
    state: { in: livingStates },
    // A day's key expires when the day is over.
    expirationDate: { lte: dayOf(addDays(until, -1)) },
  });
  return {
    kind: 'MANAGED_KEY',
    page: async (until, query) => {
      const page = await store.read.page('managedKey', { where: where(until), sort: [{ field: 'expirationDate' }], ...query });
      return { ...page, items: page.items.flatMap(({ cursor, entity }) => withCursor(cursor, expiringKey(entity))) };
    },
    count: (until) => store.read.count('managedKey', where(until)),
    again: async (reader, id) => {
      const key = await reader.get('managedKey', id);
      return key && (livingStates as readonly string[]).includes(key.state) ? expiringKey(key) : undefined;
    },
  };
}

const livingStates = ['PRE_ACTIVATION', 'ACTIVE'] as const;

function expiringKey(key: ManagedKey): Expiring | undefined {
  const expiresAt = expiryOf(key);
  const { id, label: name, vaultId, lifecyclePolicy } = key;
  return expiresAt === null ? undefined : { kind: 'MANAGED_KEY', id, name, vaultId, expiresAt, ends: lifecyclePolicy.deactivateOnDate };
}

/** API keys that are good; one that has expired is only a record. */
export function apiKeySource({ store, now }: Pick<Estate, 'store' | 'now'>): Source {
  const where = (until: Timestamp): Where<ApiKey> => ({ revokedAt: { eq: null }, expiresAt: { gt: now(), lte: until } });
  return {
    kind: 'API_KEY',
    page: async (until, query) => {
      const page = await store.read.page('apiKey', { where: where(until), sort: [{ field: 'expiresAt' }], ...query });
      return { ...page, items: page.items.flatMap(({ cursor, entity }) => withCursor(cursor, expiringApiKey(entity))) };
    },
    count: (until) => store.read.count('apiKey', where(until)),
    again: async (reader, id) => {
      const apiKey = await reader.get('apiKey', id);
      return apiKey && apiKey.revokedAt === null ? expiringApiKey(apiKey) : undefined;
    },
  };
}

function expiringApiKey({ id, name, expiresAt }: ApiKey): Expiring | undefined {
  return expiresAt === null ? undefined : { kind: 'API_KEY', id, name, vaultId: null, expiresAt, ends: true };
}

/** The listener's certificate, where it has one. */
export function certificateSource(estate: Pick<Estate, 'listenerCertificate'>): Source {
  const certificate = estate.listenerCertificate();
  const own: Expiring | undefined = certificate
    ? {
        kind: 'TLS_CERTIFICATE',
        id: certificate.fingerprint,
        name: certificate.subject,
        vaultId: null,
        expiresAt: certificate.expiresAt,
        ends: true,
      }
    : undefined;
  const found = (until: Timestamp) => (own && compareTimes(own.expiresAt, until) <= 0 ? [own] : []);
  return {
    kind: 'TLS_CERTIFICATE',
    page: async (until, { cursor }) => ({
      items: cursor === undefined ? found(until).map((entity) => ({ cursor: entity.id, entity })) : [],
      hasNext: false,
    }),
    count: async (until) => found(until).length,
    again: async (_reader, id) => (own?.id === id ? own : undefined),
  };
}

function withCursor(cursor: string, entity: Expiring | undefined) {
  return entity ? [{ cursor, entity }] : [];
}
