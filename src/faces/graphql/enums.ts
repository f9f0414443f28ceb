/** The domain's closed sets as GraphQL enums; importing this file registers them. */
import { registerEnumType } from 'type-graphql';
import { keyAlgorithms, keyUsages, mechanisms } from '../../domain/algorithms.js';
import { alignmentStatuses } from '../../domain/alignment.js';
import { auditOutcomes, auditSeverities } from '../../domain/audit-event.js';
import { expiringKinds } from '../../domain/expiry.js';
import { keyStates } from '../../domain/key-state.js';
import { healthStatuses, keystoreDeleteModes } from '../../domain/keystore.js';
import { instanceStates, keyOrigins } from '../../domain/managed-key.js';
import { ownSettings } from '../../domain/own-settings.js';
import { principalKinds, scopeKinds } from '../../domain/principal.js';
import { statusesInKeystore, syncDetails, syncFlags } from '../../domain/sync-state.js';
import { templateStates, templateTypes } from '../../domain/template.js';
import { holderStates } from '../../domain/vault.js';

/** What decorators take for an enum of these values. */
type EnumOf<V extends string> = { readonly [K in V]: K };

/** The fields a list can be sorted by: `createdAt` is `CREATED_AT` on the wire. */
export function sortFieldEnum<const V extends string>(name: string, fields: readonly V[]): { readonly [name: string]: V } {
  const members = Object.fromEntries(fields.map((field) => [field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), field]));
  registerEnumType(members, { name, description: 'What a list can be sorted by.' });
  return members;
}

function graphqlEnum<const V extends string>(name: string, description: string, values: readonly V[]): EnumOf<V> {
  const members = Object.fromEntries(values.map((value) => [value, value])) as EnumOf<V>;
  registerEnumType(members, { name, description });
  return members;
}

export const KeyAlgorithmEnum = graphqlEnum('KeyAlgorithm', 'What a key is made for.', keyAlgorithms);
export const KeyUsageEnum = graphqlEnum('KeyUsage', 'A use that is bound into a key.', keyUsages);
export const MechanismEnum = graphqlEnum('Mechanism', 'How a cryptographic operation is done.', mechanisms);
export const KeyStateEnum = graphqlEnum('KeyState', 'Key states of NIST SP 800-57 part 1, section 7.', keyStates);
export const KeyOriginEnum = graphqlEnum('KeyOrigin', 'Where key material came from.', keyOrigins);
export const InitialKeyStateEnum = graphqlEnum('InitialKeyState', 'State of a new key.', ['PRE_ACTIVATION', 'ACTIVE']);
export const OwnSettingEnum = graphqlEnum('OwnSetting', 'Set on the key itself, so that alignment leaves it.', ownSettings);
export const HolderStateEnum = graphqlEnum(
  'HolderState',
  'RETIRED: deleted, hidden, and kept only until its last key is destroyed.',
  holderStates,
);
export const HealthStatusEnum = graphqlEnum('HealthStatus', 'Whether a keystore answers.', healthStatuses);
export const KeystoreDeleteModeEnum = graphqlEnum(
  'KeystoreDeleteMode',
  'What happens to the keys of a keystore that is deleted; RESTRICT refuses while any is installed.',
  keystoreDeleteModes,
);
export const InstanceStateEnum = graphqlEnum('InstanceState', 'What a key instance is wanted to be in its keystore.', instanceStates);
export const StatusInKeystoreEnum = graphqlEnum('StatusInKeystore', 'What the keystore was last seen to hold.', statusesInKeystore);
export const SyncFlagEnum = graphqlEnum('SyncFlag', 'Whether a keystore agrees with its key.', syncFlags);
export const SyncDetailEnum = graphqlEnum('SyncDetail', 'Why a sync flag is what it is.', syncDetails);
export const TemplateTypeEnum = graphqlEnum(
  'TemplateType',
  'SHADOW: made along with a key that was created with properties of its own.',
  templateTypes,
);
export const TemplateStateEnum = graphqlEnum('TemplateState', 'Archived templates make no keys.', templateStates);
export const PrincipalKindEnum = graphqlEnum('PrincipalKind', 'A person, a program, or the server itself.', principalKinds);
export const ExpiringKindEnum = graphqlEnum('ExpiringKind', 'What it is that expires.', expiringKinds);
export const ScopeKindEnum = graphqlEnum('ScopeKind', 'How far a role holds.', scopeKinds);
export const AuditOutcomeEnum = graphqlEnum(
  'AuditOutcome',
  'Whether an operation was done or refused; PENDING announces one whose end another event tells.',
  auditOutcomes,
);
export const AuditSeverityEnum = graphqlEnum('AuditSeverity', 'How much an event matters.', auditSeverities);
export const AlignmentStatusEnum = graphqlEnum('AlignmentStatus', 'Whether a key follows its template as it is now.', alignmentStatuses);
