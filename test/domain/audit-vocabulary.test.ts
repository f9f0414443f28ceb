import { describe, expect, test } from 'vitest';
import { ibmActionOf, reasonCodeOf, severityOf } from '../../src/domain/audit-vocabulary.js';
import { errorKinds } from '../../src/domain/errors.js';

test.each([
  ['managed-key.rotate', 'hs-crypto.managed-keys.write'],
  ['managed-key.cancel-destruction', 'hs-crypto.managed-keys.write'],
  ['managed-key.remove', 'hs-crypto.managed-keys.delete'],
  ['managed-key.encrypt', 'hs-crypto.ep11.use'],
  ['import-key.erase', 'hs-crypto.managed-keys.write'],
  ['keystore.create', 'hs-crypto.target-keystores.write'],
  ['keystore.delete', 'hs-crypto.target-keystores.delete'],
  ['key-template.archive', 'hs-crypto.key-templates.write'],
  ['vault.list', 'hs-crypto.vaults.list'],
  ['master-key.commit', 'hs-crypto.tke-cryptounit-master-key-register.commit'],
  ['master-key.clear-new', 'hs-crypto.tke-cryptounit-new-master-key-register.clear'],
  ['role.create', null],
  ['unheard-of.act', null],
])('%s is %s to IBM', (action, ibm) => expect(ibmActionOf(action)).toBe(ibm));

describe('severity', () => {
  test.each([
    ['managed-key.read', undefined, 'NORMAL'],
    ['managed-key.encrypt', undefined, 'NORMAL'],
    ['managed-key.rotate', undefined, 'WARNING'],
    ['managed-key.destroy', undefined, 'CRITICAL'],
    ['managed-key.compromise', undefined, 'CRITICAL'],
    ['managed-key.remove', undefined, 'CRITICAL'],
    ['vault.create', undefined, 'NORMAL'],
    ['vault.delete', undefined, 'CRITICAL'],
    ['key-template.delete', undefined, 'CRITICAL'],
    ['master-key.commit', undefined, 'CRITICAL'],
    ['api-key.create', undefined, 'CRITICAL'],
    ['vault.read', 'forbidden', 'CRITICAL'],
    ['vault.delete', 'wrong-state', 'WARNING'],
    ['vault.read', 'internal', 'CRITICAL'],
    ['vault.read', 'sealed', 'CRITICAL'],
    ['keystore.test', 'upstream-failed', 'WARNING'],
    ['master-key.commit', 'invalid-input', 'CRITICAL'],
    ['managed-key.read', 'not-found', 'WARNING'],
  ] as const)('%s, failure %s: %s', (action, failure, severity) => expect(severityOf(action, failure)).toBe(severity));

  test('every kind of failure has a code and is never normal', () => {
    for (const kind of errorKinds) {
      expect(reasonCodeOf(kind)).toBeGreaterThanOrEqual(400);
      expect(severityOf('vault.list', kind)).not.toBe('NORMAL');
    }
  });
});
