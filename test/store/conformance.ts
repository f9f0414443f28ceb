/** What every store must do, run against every implementation and database. */
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/contract.js';
import { auditTests } from './conformance/audit.js';
import { conditionTests } from './conformance/conditions.js';
import { entityTests } from './conformance/entities.js';
import { pagingTests } from './conformance/paging.js';
import { snapshotTests } from './conformance/snapshots.js';
import { togetherTests } from './conformance/together.js';
import { transactionTests } from './conformance/transactions.js';

/** Somewhere a store can be opened, closed and opened again with what it held. */
export interface Place {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** The store under test; every suite has an empty one of its own. */
export interface Subject {
  readonly store: Store;
  /** Closes the store and opens it again. */
  reopen(): Promise<Store>;
  /** Tries to open the same place a second time. */
  openTwice(): Promise<Store>;
}

const suites = {
  entities: entityTests,
  conditions: conditionTests,
  paging: pagingTests,
  transactions: transactionTests,
  together: togetherTests,
  audit: auditTests,
  snapshots: snapshotTests,
} as const;

export function conformance(newPlace: () => Promise<Place>): void {
  for (const [name, register] of Object.entries(suites)) describe(name, () => withSubject(newPlace, register));
}

function withSubject(newPlace: () => Promise<Place>, register: (subject: () => Subject) => void): void {
  let place: Place;
  let store: Store;
  beforeAll(async () => {
    place = await newPlace();
    store = await place.open();
  });
  afterAll(async () => {
    await store?.close();
    await place?.remove();
  });
  beforeEach(async () => {
    await store.ping();
  });
  register(() => ({
    store,
    reopen: async () => {
      await store.close();
      store = await place.open();
      return store;
    },
    openTwice: () => place.open(),
  }));
}
