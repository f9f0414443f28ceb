/** What an audit event is called and how grave it is: our actions, IBM's names for them, severities and reason codes. */
import type { AuditSeverity } from './audit-event.js';
import type { ErrorKind } from './errors.js';

interface NounEntry {
  /** IBM's object, after `hs-crypto.`; `null` where IBM has none. */
  readonly ibmObject: string | null;
  /** Our verb -> IBM's object and verb, where it is not `<ibmObject>.write`; `null` where IBM has none. */
  readonly ibmVerbs: Readonly<Record<string, string | null>>;
  readonly severity: AuditSeverity;
  /** Verbs of another severity than the noun's own. */
  readonly severities: Readonly<Record<string, AuditSeverity>>;
}

const reads = { read: 'NORMAL', list: 'NORMAL', watch: 'NORMAL' } as const;

const managedKeyUses = ['encrypt', 'decrypt', 'wrap', 'unwrap', 'rewrap', 'sign', 'verify', 'generate-mac', 'verify-mac'] as const;
const everyUse = <Value>(value: Value) => Object.fromEntries(managedKeyUses.map((verb) => [verb, value]));

/** Noun -> IBM's vocabulary and severities. An action whose noun is not here has no IBM name and is NORMAL. */
const nouns: Readonly<Record<string, NounEntry>> = {
  vault: {
    ibmObject: 'vaults',
    ibmVerbs: { read: 'vaults.read', list: 'vaults.list', delete: 'vaults.delete' },
    severity: 'NORMAL',
    severities: { delete: 'CRITICAL' },
  },
  keystore: {
    ibmObject: 'target-keystores',
    ibmVerbs: {
      read: 'target-keystores.read',
      test: 'target-keystores.read',
      list: 'target-keystores.list',
      delete: 'target-keystores.delete',
    },
    severity: 'NORMAL',
    severities: { delete: 'CRITICAL' },
  },
  'key-template': {
    ibmObject: 'key-templates',
    ibmVerbs: { read: 'key-templates.read', list: 'key-templates.list', delete: 'key-templates.delete' },
    severity: 'NORMAL',
    severities: { delete: 'CRITICAL' },
  },
  'managed-key': {
    ibmObject: 'managed-keys',
    ibmVerbs: {
      ...everyUse('ep11.use'),
      read: 'managed-keys.read',
      list: 'managed-keys.list',
      watch: 'managed-keys.list',
      remove: 'managed-keys.delete',
      'expires-soon': null,
    },
    severity: 'WARNING',
    severities: {
      ...everyUse('NORMAL' as const),
      ...reads,
      compromise: 'CRITICAL',
      destroy: 'CRITICAL',
      'end-destruction': 'CRITICAL',
      remove: 'CRITICAL',
    },
  },
  'key-version': {
    ibmObject: 'managed-keys',
    ibmVerbs: { read: 'managed-keys.read', list: 'managed-keys.list' },
    severity: 'WARNING',
    severities: reads,
  },
  'key-instance': {
    ibmObject: 'managed-keys',
    ibmVerbs: { read: 'managed-keys.read', list: 'managed-keys.list' },
    severity: 'WARNING',
    severities: reads,
  },
  'import-key': { ibmObject: 'managed-keys', ibmVerbs: {}, severity: 'WARNING', severities: reads },
  random: { ibmObject: 'ep11', ibmVerbs: { generate: 'ep11.use' }, severity: 'NORMAL', severities: {} },
  'master-key': {
    ibmObject: null,
    ibmVerbs: {
      initialise: 'tke-cryptounit-master-key-register.activate',
      'load-part': 'tke-cryptounit-master-key-register.add',
      commit: 'tke-cryptounit-master-key-register.commit',
      activate: 'tke-cryptounit-master-key-register.activate',
      'clear-new': 'tke-cryptounit-new-master-key-register.clear',
    },
    severity: 'CRITICAL',
    severities: {},
  },
  'kms-key': { ibmObject: null, ibmVerbs: {}, severity: 'WARNING', severities: { ...reads, destroy: 'CRITICAL' } },
  principal: { ibmObject: null, ibmVerbs: {}, severity: 'CRITICAL', severities: reads },
  role: { ibmObject: null, ibmVerbs: {}, severity: 'CRITICAL', severities: reads },
  'role-binding': { ibmObject: null, ibmVerbs: {}, severity: 'CRITICAL', severities: reads },
  backup: { ibmObject: null, ibmVerbs: {}, severity: 'CRITICAL', severities: {} },
  'api-key': { ibmObject: null, ibmVerbs: {}, severity: 'CRITICAL', severities: { ...reads, 'expires-soon': 'WARNING' } },
  'tls-certificate': { ibmObject: null, ibmVerbs: {}, severity: 'WARNING', severities: {} },
  'audit-sink': { ibmObject: null, ibmVerbs: {}, severity: 'WARNING', severities: { fail: 'CRITICAL' } },
};

/** IBM's name of one of our actions: `managed-key.rotate` is `hs-crypto.managed-keys.write`; `null` where it has none. */
export function ibmActionOf(action: string): string | null {
  const [noun, verb] = nounAndVerb(action);
  const entry = nouns[noun];
  if (!entry) return null;
  const name = verb in entry.ibmVerbs ? entry.ibmVerbs[verb] : entry.ibmObject && `${entry.ibmObject}.write`;
  return name == null ? null : `hs-crypto.${name}`;
}

/** HTTP-like reason code of a failure, as CADF events carry it. */
export const reasonCodes = {
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'already-exists': 409,
  'wrong-state': 409,
  'stale-version': 412,
  'limit-reached': 429,
  unsupported: 422,
  sealed: 503,
  'crypto-failed': 400,
  'upstream-failed': 502,
  'timed-out': 504,
  internal: 500,
} as const satisfies Record<ErrorKind, number>;

/** HTTP-like reason code of a failure. */
export function reasonCodeOf(kind: ErrorKind): number {
  return reasonCodes[kind];
}

const criticalCodes: readonly number[] = [401, 403, 500, 503, 507];

/** How grave an event is. The failure, if any, beats the action; a malformed master key command is critical. */
export function severityOf(action: string, failure?: ErrorKind): AuditSeverity {
  const [noun, verb] = nounAndVerb(action);
  if (failure !== undefined) {
    const code = reasonCodeOf(failure);
    return criticalCodes.includes(code) || (code === 400 && noun === 'master-key') ? 'CRITICAL' : 'WARNING';
  }
  return nouns[noun]?.severities[verb] ?? nouns[noun]?.severity ?? 'NORMAL';
}

function nounAndVerb(action: string): readonly [noun: string, verb: string] {
  const dot = action.indexOf('.');
  return [action.slice(0, dot), action.slice(dot + 1)];
}
