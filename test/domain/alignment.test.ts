import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AlignableKey,
  type AlignableTemplate,
  alignmentOf,
  alignmentPlan,
  groupsOf,
  type PlacedInstance,
  type TargetableKeystore,
  targetKeystores,
} from '../../src/domain/alignment.js';
import { type OwnSetting, ownSettings } from '../../src/domain/own-settings.js';
import type { TemplateTarget } from '../../src/domain/template.js';

const keystore = (id: string, groups: readonly string[] = [], fields: Partial<TargetableKeystore> = {}): TargetableKeystore => ({
  id,
  type: 'internal',
  name: `name of ${id}`,
  groups,
  state: 'ACTIVE',
  ...fields,
});
const target = (group: string, fields: Partial<TemplateTarget> = {}): TemplateTarget => ({
  id: `t-${group}`,
  keystoreType: 'internal',
  group,
  namingScheme: null,
  attributes: {},
  ...fields,
});
const properties = {
  deactivateOnRotation: false,
  rotationPolicy: null,
  lifecyclePolicy: { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false },
};
const template: AlignableTemplate = {
  state: 'UNARCHIVED',
  version: 3,
  key: { algorithm: 'AES', size: '256', activationPeriod: null, expirationPeriod: null, initialState: 'ACTIVE', ...properties },
  targets: [target('prod')],
};
const key: AlignableKey = {
  state: 'ACTIVE',
  destroyAt: null,
  templateVersion: 3,
  algorithm: 'AES',
  size: '256',
  labelTags: [{ name: 'APP', value: 'crm' }],
  targets: [target('prod')],
  ...properties,
  ownSettings: [],
};
const keystores = [keystore('a', ['prod']), keystore('b', ['prod', 'test']), keystore('c', ['test'])];
const placed: PlacedInstance[] = [
  { keystoreId: 'a', targetId: 't-prod' },
  { keystoreId: 'b', targetId: 't-prod' },
];
const fieldsOf = (...[k, t, ks, instances]: Parameters<typeof alignmentOf>) =>
  alignmentOf(k, t, ks, instances).differences.map(({ field }) => field);

describe('targets', () => {
  test('select by type and group; a keystore counts once, for the first target', () => {
    const selected = targetKeystores([target('prod'), target('test')], keystores);
    expect(selected.map((one) => [one.keystore.id, one.target.group])).toEqual([
      ['a', 'prod'],
      ['b', 'prod'],
      ['c', 'test'],
    ]);
  });

  test('a keystore without groups carries its own name', () => {
    expect(groupsOf(keystore('x'))).toEqual(['name of x']);
    expect(targetKeystores([target('name of x')], [keystore('x')])).toHaveLength(1);
    expect(targetKeystores([target('name of x')], [keystore('x', ['other'])])).toHaveLength(0);
  });

  test('other types and retired keystores are left out', () => {
    expect(
      targetKeystores([target('prod')], [keystore('x', ['prod'], { type: 'aws' }), keystore('y', ['prod'], { state: 'RETIRED' })]),
    ).toEqual([]);
  });
});

describe('alignment', () => {
  test('a key as its template has it is aligned', () => {
    expect(alignmentOf(key, template, keystores, placed)).toEqual({ status: 'ALIGNED', differences: [], canAlign: false, reason: null });
  });

  test('a keystore that joins or leaves the group', () => {
    expect(alignmentOf(key, template, keystores, placed.slice(0, 1))).toEqual({
      status: 'UNALIGNED',
      differences: [{ field: 'KEYSTORE_ADDED', keystoreId: 'b' }],
      canAlign: true,
      reason: null,
    });
    expect(alignmentOf(key, template, keystores.slice(0, 1), placed)).toMatchObject({
      differences: [{ field: 'KEYSTORE_REMOVED', keystoreId: 'b' }],
      canAlign: true,
    });
  });

  test('an instance that left the targets counts as gone', () => {
    expect(fieldsOf(key, template, keystores, [...placed, { keystoreId: 'c', targetId: null }])).toEqual([]);
    expect(
      fieldsOf(key, { ...template, targets: [target('prod'), target('test')] }, keystores, [
        ...placed,
        { keystoreId: 'c', targetId: null },
      ]),
    ).toEqual(['TARGET_ADDED', 'KEYSTORE_ADDED']);
  });

  test.each([
    ['algorithm', { key: { ...template.key, algorithm: 'RSA', size: '2048' } }, ['ALGORITHM', 'SIZE'], 'ALGORITHM_CHANGED'],
    ['rotation', { key: { ...template.key, rotationPolicy: { intervalDays: 30 } } }, ['ROTATION_POLICY'], null],
    [
      'dates policy',
      { key: { ...template.key, lifecyclePolicy: { ...properties.lifecyclePolicy, destroyOnDate: true } } },
      ['LIFECYCLE_POLICY'],
      null,
    ],
    ['older versions', { key: { ...template.key, deactivateOnRotation: true } }, ['DEACTIVATE_ON_ROTATION'], null],
    ['version', { version: 4 }, ['TEMPLATE_VERSION'], null],
    ['attributes', { targets: [target('prod', { attributes: { level: 'hsm' } })] }, ['TARGET_CHANGED'], 'TARGET_CHANGED'],
    ['naming', { targets: [target('prod', { namingScheme: 'x-<APP>' })] }, ['TARGET_CHANGED'], 'TARGET_CHANGED'],
    [
      'new target with a value known',
      { targets: [target('prod'), target('test', { namingScheme: '<APP>-<lay>' })] },
      ['TARGET_ADDED', 'KEYSTORE_ADDED'],
      null,
    ],
    [
      'new target with a value unknown',
      { targets: [target('prod'), target('test', { namingScheme: '<ENV>' })] },
      ['TARGET_ADDED', 'KEYSTORE_ADDED'],
      'NAMING_VALUE_MISSING',
    ],
    ['archived', { state: 'ARCHIVED', version: 4 }, ['TEMPLATE_VERSION'], 'TEMPLATE_ARCHIVED'],
  ] as const)('%s changed', (_, change, fields, reason) => {
    const alignment = alignmentOf(key, { ...template, ...change } as AlignableTemplate, keystores, placed);
    expect(alignment.differences.map(({ field }) => field)).toEqual(fields);
    expect(alignment).toMatchObject({ status: 'UNALIGNED', canAlign: reason === null, reason });
  });

  const otherSettings: Partial<Record<OwnSetting, object>> = {
    DEACTIVATE_ON_ROTATION: { deactivateOnRotation: true },
    ROTATION_POLICY: { rotationPolicy: { intervalDays: 30 } },
    LIFECYCLE_POLICY: { lifecyclePolicy: { ...properties.lifecyclePolicy, destroyOnDate: true } },
  };

  test.each(ownSettings)("the key's own %s is neither compared nor overwritten; the others are", (setting) => {
    const others = ownSettings.filter((one) => one !== setting);
    const own: AlignableKey = { ...key, ownSettings: [setting] };
    const changed = { ...template, key: Object.assign({ ...template.key }, ...Object.values(otherSettings)) };
    expect(fieldsOf(own, changed, keystores, placed)).toEqual(others);
    const aligned: AlignableKey = { ...own, ...alignmentPlan(own, changed, keystores, placed).key };
    expect(aligned).toEqual({ ...own, ...Object.assign({}, ...others.map((one) => otherSettings[one])) });
    expect(alignmentOf(aligned, changed, keystores, placed).status).toBe('ALIGNED');
    expect(fieldsOf({ ...key, ...otherSettings[setting], ownSettings: [setting] }, template, keystores, placed)).toEqual([]);
  });

  test('target ids do not matter, only where they lead', () => {
    expect(fieldsOf(key, { ...template, targets: [target('prod', { id: 'new' })] }, keystores, placed)).toEqual([]);
  });

  test('only active and deactivated keys can be aligned, and ending ones need not be', () => {
    const changed = { ...template, version: 4 };
    expect(alignmentOf({ ...key, state: 'PRE_ACTIVATION' }, changed, keystores, placed)).toMatchObject({
      canAlign: false,
      reason: 'KEY_STATE',
    });
    expect(alignmentOf({ ...key, state: 'DEACTIVATED' }, changed, keystores, placed)).toMatchObject({ canAlign: true });
    expect(alignmentOf({ ...key, state: 'DEACTIVATED', destroyAt: '2030-01-01T00:00:00.000Z' }, changed, keystores, placed)).toMatchObject({
      status: 'ALIGNED',
    });
  });

  test('after aligning a key is aligned', () => {
    const group = fc.constantFrom('prod', 'test', 'dev');
    const groups = fc.uniqueArray(group, { minLength: 1 });
    fc.assert(
      fc.property(fc.array(groups, { maxLength: 5 }), groups, fc.uniqueArray(fc.nat(4)), fc.nat(9), (carried, wanted, present, version) => {
        const stores = carried.map((list, index) => keystore(String(index), list));
        const wants = { ...template, version, targets: wanted.map((one) => target(one)) };
        const before = present.map((index) => ({ keystoreId: String(index), targetId: 't' }));
        const plan = alignmentPlan(key, wants, stores, before);
        const after = [...plan.added, ...plan.kept].map((one) => ({ keystoreId: one.keystore.id, targetId: one.target.id }));
        expect(alignmentOf({ ...key, ...plan.key }, wants, stores, after).status).toBe('ALIGNED');
        expect(new Set([...plan.kept.map((one) => one.keystore.id), ...plan.removed])).toEqual(
          new Set(before.map((one) => one.keystoreId)),
        );
      }),
    );
  });
});
