/** What a key copies from its template unless it has been told otherwise. */
import type { TemplateKey } from './template.js';

export const ownSettings = ['DEACTIVATE_ON_ROTATION', 'ROTATION_POLICY', 'LIFECYCLE_POLICY'] as const;
/** Set on the key itself, so that alignment leaves them. */
export type OwnSetting = (typeof ownSettings)[number];

/** The fields of keys and templates that can be a key's own. */
export type Settings = Pick<TemplateKey, 'deactivateOnRotation' | 'rotationPolicy' | 'lifecyclePolicy'>;

/** The field that holds each setting. */
export const settingFields = {
  DEACTIVATE_ON_ROTATION: 'deactivateOnRotation',
  ROTATION_POLICY: 'rotationPolicy',
  LIFECYCLE_POLICY: 'lifecyclePolicy',
} as const satisfies Record<OwnSetting, keyof Settings>;

/** The settings that an input gives. `null` is given too: no rotation, whatever the template says. */
export function settingsGiven(input: { readonly [F in keyof Settings]?: Settings[F] | undefined }): readonly OwnSetting[] {
  return ownSettings.filter((setting) => input[settingFields[setting]] !== undefined);
}

/** Those settings as the template has them. */
export function settingsOf(template: Settings, settings: readonly OwnSetting[]): Partial<Settings> {
  return Object.fromEntries(settings.map((setting) => [settingFields[setting], template[settingFields[setting]]]));
}

/** A key's own settings after some more became its own and others follow the template again. */
export function ownSettingsAfter(
  before: readonly OwnSetting[],
  change: { readonly own: readonly OwnSetting[]; readonly followed: readonly OwnSetting[] },
): readonly OwnSetting[] {
  return ownSettings.filter((setting) => !change.followed.includes(setting) && (before.includes(setting) || change.own.includes(setting)));
}
