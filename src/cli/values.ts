import { readFileSync } from 'node:fs';
import { usageFailure } from './failure.js';
import { textOrFile } from './streams.js';
import type { Parameter, ValueForm } from './verb.js';

/** What commander hands over: text, repeated texts, or `true` for a flag. */
export type RawValue = string | readonly string[] | boolean;

/** Forms that may be given several times. */
export const repeatedForms: readonly ValueForm[] = ['list', 'tags', 'fields'];

/**
 * The value of a parameter.
 * @throws CliFailure that names the parameter.
 */
export function parameterValue(parameter: Parameter, raw: RawValue): unknown {
  const value = forms[parameter.form](raw, parameter);
  return parameter.choices ? chosen(parameter, value) : value;
}

const forms: Readonly<Record<ValueForm, (raw: RawValue, parameter: Parameter) => unknown>> = {
  text: (raw) => raw,
  /** `none` clears the value. */
  nullable: (raw) => (raw === 'none' ? null : raw),
  number: wholeNumber,
  flag: (raw) => raw === true,
  switch: (raw, parameter) => {
    if (raw === 'on' || raw === 'off') return raw === 'on';
    throw usageFailure(`${shown(parameter)} takes "on" or "off".`);
  },
  list: (raw) => listOf(raw),
  tags: (raw, parameter) => pairsOf(raw, parameter).map(([name, value]) => ({ name, value })),
  fields: (raw, parameter) => Object.fromEntries(pairsOf(raw, parameter).map(([name, value]) => [name, textOrFile(value)])),
  json: (raw, parameter) => jsonOf(String(raw), parameter),
};

function shown({ name, position }: Parameter): string {
  return position === 'OPTION' ? `--${name}` : `<${name}>`;
}

function wholeNumber(raw: RawValue, parameter: Parameter): number | null {
  if (raw === 'none') return null;
  const value = Number(raw);
  if (!/^\d+$/.test(String(raw)) || !Number.isSafeInteger(value)) throw usageFailure(`${shown(parameter)} takes a whole number.`);
  return value;
}

function listOf(raw: RawValue): string[] {
  const texts = Array.isArray(raw) ? (raw as readonly string[]) : [String(raw)];
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

function pairsOf(raw: RawValue, parameter: Parameter): [string, string][] {
  const texts = Array.isArray(raw) ? (raw as readonly string[]) : [String(raw)];
  return texts.map((text) => {
    const sign = text.indexOf('=');
    if (sign < 1) throw usageFailure(`${shown(parameter)} takes name=value.`);
    return [text.slice(0, sign), text.slice(sign + 1)];
  });
}

function jsonOf(path: string, parameter: Parameter): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw usageFailure(`${shown(parameter)}: ${path} is not JSON.`);
    throw error;
  }
}

function chosen(parameter: Parameter, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => chosen(parameter, item));
  const word = String(value).toUpperCase().replaceAll('-', '_');
  const choice = parameter.choices?.find((candidate) => candidate.toUpperCase() === word);
  if (choice === undefined) throw usageFailure(`${shown(parameter)} takes one of ${parameter.choices?.join(', ')}.`);
  return choice;
}
