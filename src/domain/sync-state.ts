/** What the keystore was last seen to hold. */
export const statusesInKeystore = ['UNKNOWN', 'NOT_PRESENT', 'ACTIVE', 'NOT_ACTIVE', 'WRONG_KEY', 'ERROR'] as const;
export type StatusInKeystore = (typeof statusesInKeystore)[number];

export const syncFlags = ['OK', 'OUT_OF_SYNC', 'ERROR', 'VERIFYING_SYNC'] as const;
export type SyncFlag = (typeof syncFlags)[number];

export const syncDetails = [
  'PRE_ACTIVE_KEY_IS_NOT_PRESENT_IN_KEYSTORE',
  'PRE_ACTIVE_KEY_IS_PRESENT_IN_KEYSTORE',
  'ACTIVE_KEY_IS_ACTIVE_IN_KEYSTORE',
  'ACTIVE_KEY_IS_NOT_ACTIVE_IN_KEYSTORE',
  'DEACTIVATED_KEY_IS_DEACTIVATED_IN_KEYSTORE',
  'DEACTIVATED_KEY_IS_NOT_DEACTIVATED_IN_KEYSTORE',
  'DESTROYED_KEY_IS_NOT_PRESENT_IN_KEYSTORE',
  'DESTROYED_KEY_IS_PRESENT_IN_KEYSTORE',
  'CONNECTION_ERROR',
  'TARGET_KEYSTORE_REMOVED_BY_USER',
  'TARGET_KEYSTORE_REMOVED_BY_USER_CONTAINS_AN_ACTIVE_KEY',
  'UNKNOWN',
] as const;
export type SyncDetail = (typeof syncDetails)[number];
