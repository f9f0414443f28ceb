/** Counts the encryptions of each key version against its limit, without a write for each. */
import { type EncryptionLimit, encryptionBlock } from '../../domain/encryption-limit.js';
import { EstateError } from '../../domain/errors.js';
import type { KeyVersion, ManagedKey } from '../../domain/managed-key.js';
import { nextRotationOf } from '../../domain/rotation.js';
import type { Store, Writer } from '../../store/contract.js';
import type { Estate } from '../estate.js';

/** A version's encryptions as this server knows them; the store's count is never lower than what was made. */
interface Account {
  /** Set aside durably, and not used yet. */
  left: number;
  /** Made since this server started. */
  made: number;
  /** Nothing more can be set aside. */
  isExhausted: boolean;
  reservation: Promise<void> | undefined;
}

type Accounts = Map<string, Account>;

/** One server per store, so what it set aside is its own. What is dropped from here counts as made. */
const accountsByStore = new WeakMap<Store, Accounts>();
const mostAccounts = 50_000;

/**
 * Counts encryptions before they are made; now and then that is a write, which is waited for. A version near its limit
 * has its key rotated by the schedule, if kyok made the key's material; whoever imports material brings the next himself.
 * @throws EstateError ENCRYPTION_LIMIT_REACHED
 */
export async function countEncryptions(estate: Estate, key: ManagedKey, version: number, count: number): Promise<void> {
  const account = accountOf(estate.store, `${key.id} ${version}`);
  while (account.left < count) {
    if (account.isExhausted) throw new EstateError('ENCRYPTION_LIMIT_REACHED', { version, limit: estate.policy.encryptionLimit.refuseAt });
    // Those who come meanwhile wait for the same write.
    account.reservation ??= reserve(estate, key, version, account, count).finally(() => {
      account.reservation = undefined;
    });
    await account.reservation;
  }
  account.left -= count;
  account.made += count;
}

function accountOf(store: Store, name: string): Account {
  const accounts = accountsByStore.get(store) ?? new Map<string, Account>();
  accountsByStore.set(store, accounts);
  const known = accounts.get(name);
  if (known) return known;
  const account: Account = { left: 0, made: 0, isExhausted: false, reservation: undefined };
  accounts.set(name, account);
  if (accounts.size > mostAccounts) dropOldest(accounts);
  return account;
}

function dropOldest(accounts: Accounts): void {
  const [oldest] = accounts.keys();
  if (oldest !== undefined) accounts.delete(oldest);
}

async function reserve(estate: Estate, key: ManagedKey, number: number, account: Account, count: number): Promise<void> {
  const { encryptionLimit } = estate.policy;
  const taken = await estate.store.write(async (tx) => {
    const [version] = await tx.find('keyVersion', { managedKeyId: { eq: key.id }, version: { eq: number } }, 1);
    if (!version) throw new EstateError('KEY_VERSION_NOT_FOUND');
    const block = Math.max(count, encryptionBlock(encryptionLimit, account.made));
    const taken = Math.min(block, Math.max(0, encryptionLimit.refuseAt - version.encryptionsCounted));
    const encryptionsCounted = version.encryptionsCounted + taken;
    if (taken > 0) await tx.observe('keyVersion', version.id, { encryptionsCounted });
    if (encryptionsCounted >= encryptionLimit.rotateAt) await forceRotation(tx, estate, version, encryptionLimit);
    return taken;
  });
  account.left += taken;
  account.isExhausted = taken === 0 || taken < count;
}

/** The schedule rotates the key next; a key that it may not rotate is refused at the limit. */
async function forceRotation(tx: Writer, estate: Estate, { managedKeyId, version }: KeyVersion, limit: EncryptionLimit): Promise<void> {
  const key = await tx.get('managedKey', managedKeyId);
  if (!key || key.version !== version || key.rotationForcedAt !== null) return;
  const { id, origin } = key;
  estate.log.warn({ managedKeyId: id, version, origin, ...limit }, 'a key version nears its limit of encryptions: the key must be rotated');
  if (origin !== 'GENERATED') return;
  const rotationForcedAt = estate.now();
  await tx.observe('managedKey', id, { rotationForcedAt, nextRotationAt: nextRotationOf({ ...key, rotationForcedAt }) });
}
