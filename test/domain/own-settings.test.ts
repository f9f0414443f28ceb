import { describe, expect, test } from 'vitest';
import { ownSettingsAfter, settingsGiven, settingsOf } from '../../src/domain/own-settings.js';

const lifecyclePolicy = { activateOnDate: true, deactivateOnDate: false, destroyOnDate: false };

describe('own settings', () => {
  test('are those an input gives, whatever their values', () => {
    expect(settingsGiven({})).toEqual([]);
    expect(settingsGiven({ rotationPolicy: undefined, lifecyclePolicy })).toEqual(['LIFECYCLE_POLICY']);
    expect(settingsGiven({ lifecyclePolicy, rotationPolicy: null, deactivateOnRotation: false })).toEqual([
      'DEACTIVATE_ON_ROTATION',
      'ROTATION_POLICY',
      'LIFECYCLE_POLICY',
    ]);
  });

  test('add up in one order, and leave when the template is followed', () => {
    expect(ownSettingsAfter(['LIFECYCLE_POLICY'], { own: ['DEACTIVATE_ON_ROTATION', 'LIFECYCLE_POLICY'], followed: [] })).toEqual([
      'DEACTIVATE_ON_ROTATION',
      'LIFECYCLE_POLICY',
    ]);
    expect(
      ownSettingsAfter(['LIFECYCLE_POLICY'], { own: ['ROTATION_POLICY'], followed: ['LIFECYCLE_POLICY', 'LIFECYCLE_POLICY'] }),
    ).toEqual(['ROTATION_POLICY']);
  });

  test('have the values of the template, null among them', () => {
    const template = { deactivateOnRotation: true, rotationPolicy: null, lifecyclePolicy };
    expect(settingsOf(template, ['ROTATION_POLICY', 'LIFECYCLE_POLICY'])).toEqual({ rotationPolicy: null, lifecyclePolicy });
    expect(settingsOf(template, [])).toEqual({});
  });
});
