import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  exampleName,
  parseNamingScheme,
  placeholdersOf,
  renderName,
  reservedPlaceholders,
  systemPlaceholders,
  unknownValues,
} from '../../src/domain/naming-scheme.js';

const dates = { createdOn: '2024-03-09', expiresOn: '2029-11-30' };
const render = (scheme: string, values: Record<string, string> = {}, on: { createdOn: string; expiresOn: string | null } = dates) =>
  renderName(parseNamingScheme(scheme), values, on);

describe('reading', () => {
  test.each([
    ['<APP>-<ENV>-<lay>', ['APP', 'ENV', 'lay']],
    ['fixed text', []],
    ['<A1><A1>', ['A1']],
    ['<abcdefghijklmnopqrst>', ['abcdefghijklmnopqrst']],
  ])('%s asks for %j', (scheme, names) => expect(placeholdersOf(parseNamingScheme(scheme)).map(({ name }) => name)).toEqual(names));

  test.each([
    ['', 0, undefined],
    ['ab<APP', 2, undefined],
    ['ab>c', 2, undefined],
    ['<>', 0, undefined],
    ['x<A B>', 1, undefined],
    ['x<A-B>', 1, undefined],
    ['<abcdefghijklmnopqrstu>', 0, undefined],
    ['<<APP>>', 0, undefined],
    ['Schlüssel', 4, undefined],
    ['<APP/4>', 0, 'APP/4'],
    ['a<lay/3>', 1, 'lay/3'],
    ['a<seqno/4>', 1, 'seqno/4'],
    ['x'.repeat(256), 0, undefined],
  ])('%j is refused at %d', (scheme, position, placeholder) => {
    const details = expect.objectContaining({ position, problem: expect.any(String) as string, ...(placeholder ? { placeholder } : {}) });
    expect(() => parseNamingScheme(scheme)).toThrow(expect.objectContaining({ code: 'NAMING_SCHEME_INVALID', details }));
  });

  test.each(reservedPlaceholders)('reserved <%s> is refused', (placeholder) => {
    expect(() => parseNamingScheme(`a<${placeholder}>`)).toThrow(
      expect.objectContaining({ code: 'NAMING_SCHEME_INVALID', details: expect.objectContaining({ position: 1, placeholder }) }),
    );
  });
});

describe('names', () => {
  test("UKO's example, with its label tags", () => {
    expect(render('<APP>-<ENV>-<lay>', { APP: 'AWS', ENV: 'production' })).toEqual({
      name: 'AWS-production-2029',
      labelTags: [
        { name: 'APP', value: 'AWS' },
        { name: 'ENV', value: 'production' },
        { name: 'lay', value: '2029' },
      ],
    });
  });

  const expected = {
    EXPIRY_YEAR: '2029',
    EXPIRY_YEAR_SHORT: '29',
    EXPIRY_MONTH: '11',
    CREATION_YEAR: '2024',
    CREATION_YEAR_SHORT: '24',
    CREATION_MONTH: '03',
  };
  test.each(Object.entries(systemPlaceholders))('<%s> is %s', (placeholder, means) => {
    expect(render(`k<${placeholder}>`).name).toBe(`k${expected[means]}`);
  });

  test('a missing value is named, whatever objects have by themselves', () => {
    const missing = (placeholder: string) =>
      expect.objectContaining({ code: 'NAMING_VALUE_MISSING', details: expect.objectContaining({ placeholder }) });
    expect(() => render('<APP>-<ENV>', { APP: 'AWS' })).toThrow(missing('ENV'));
    expect(() => render('<constructor>')).toThrow(missing('constructor'));
    expect(() => render('<lam>', {}, { createdOn: '2024-01-01', expiresOn: null })).toThrow(missing('lam'));
  });

  test.each(['A', '', 'a_b', 'a-b', 'ü1', 'a\nb'])('the value %j is refused, and not repeated', (value) => {
    const details = expect.not.objectContaining({ value });
    expect(() => render('<APP>', { APP: value })).toThrow(expect.objectContaining({ code: 'NAMING_VALUE_INVALID', details }));
  });

  test('examples and unknown values', () => {
    const scheme = parseNamingScheme('<APP>-<ENV>-<lay>');
    expect(exampleName(scheme)).toBe('XYZ-XYZ-XYZ');
    expect(exampleName(scheme, { APP: 'crm' }, dates)).toBe('crm-XYZ-2029');
    expect(unknownValues([scheme, parseNamingScheme('<B>')], { APP: '', B: '', C: '', lay: '' })).toEqual(['C', 'lay']);
  });

  test('any text is read or refused with a code; what is read is written back', () => {
    const schemes = fc.array(fc.oneof(fc.constantFrom('<', '>', '<APP>', '<lay>', '/', '-', 'k'), fc.string({ maxLength: 4 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(schemes, (pieces) => {
        const text = pieces.join('');
        try {
          const scheme = parseNamingScheme(text);
          expect(scheme.parts.map((part) => (part.kind === 'TEXT' ? part.text : `<${part.name}>`)).join('')).toBe(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'NAMING_SCHEME_INVALID' });
        }
      }),
    );
  });
});
