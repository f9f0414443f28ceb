/** Key states of NIST SP 800-57 part 1, section 7, without SUSPENDED, which UKO does not use for managed keys. */
export const keyStates = ['PRE_ACTIVATION', 'ACTIVE', 'DEACTIVATED', 'COMPROMISED', 'DESTROYED', 'DESTROYED_COMPROMISED'] as const;
export type KeyState = (typeof keyStates)[number];
