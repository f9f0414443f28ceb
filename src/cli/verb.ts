/** What a verb of the command line is: one descriptor each, from which command, help, completion and reference follow. */
import type { Client } from './client.js';
import type { Io } from './io.js';
import type { Progress } from './progress.js';

/** How the text of a parameter becomes a value; see values.ts. */
export type ValueForm = 'text' | 'nullable' | 'number' | 'flag' | 'switch' | 'list' | 'tags' | 'fields' | 'json';

/** Kinds of objects that arguments may name; lookup.ts finds each. */
export type Referable = 'vault' | 'keystore' | 'template' | 'key' | 'principal' | 'role';

export interface Parameter {
  /** In kebab-case; options are `--name`. */
  readonly name: string;
  readonly position: 'ARGUMENT' | 'ARGUMENTS' | 'OPTION';
  readonly form: ValueForm;
  readonly required: boolean;
  readonly summary: string;
  /** Where the value goes among the operation's variables, dotted. Without it the verb itself uses the value. */
  readonly at?: string;
  /** Admitted words; taken in any case, sent in upper case. */
  readonly choices?: readonly string[];
  /** The value is the id or the readable name of such an object, and becomes its id. */
  readonly refers?: Referable;
  /** What stands for the value in help. */
  readonly placeholder?: string;
}

/** A GraphQL root field with its variables (name -> type) and selected fields. */
export interface GraphqlOperation {
  readonly kind: 'query' | 'mutation';
  readonly field: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Fields of the result; empty for a scalar. */
  readonly selection: string;
}

/** Values of the parameters by name, as values.ts made them. */
export type Given = Readonly<Record<string, unknown>>;

/** What a verb has at hand. */
export interface Session {
  readonly io: Io;
  readonly client: Client;
  readonly progress: Progress;
  readonly outputsJson: boolean;
  /** A line to the person, on standard error. */
  say(text: string): void;
}

export interface Column {
  readonly title: string;
  readonly value: (row: Row) => unknown;
}
export type Row = Readonly<Record<string, unknown>>;

/** What a verb answers: shown as a table, as one record, as plain text or bytes; or its `json` with `--output json`. */
export type Report =
  | { readonly shape: 'TABLE'; readonly rows: readonly Row[]; readonly columns: readonly Column[]; readonly json: unknown }
  | { readonly shape: 'RECORD'; readonly row: Row; readonly columns: readonly Column[]; readonly json: unknown }
  | { readonly shape: 'PLAIN'; readonly data: string | Uint8Array; readonly json: unknown };

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  /** Asked for before it runs, unless `--yes`. */
  readonly danger?: string;
  /** Sent by this verb; a test holds them against the schema. */
  readonly operations: readonly GraphqlOperation[];
  /** A `CliFailure` thrown after the report was handed to `show` still shows the report. */
  readonly run: (session: Session, given: Given, show: (report: Report) => void) => Promise<void>;
}

export interface Noun {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly verbs: readonly Verb[];
}

type Extra = Partial<Omit<Parameter, 'name' | 'position' | 'summary'>>;

/** A required positional argument. */
export function argument(name: string, summary: string, extra: Extra = {}): Parameter {
  return { name, summary, position: 'ARGUMENT', form: 'text', required: true, ...extra };
}

/** One or more positional arguments. */
export function argumentList(name: string, summary: string, extra: Extra = {}): Parameter {
  return { name, summary, position: 'ARGUMENTS', form: 'text', required: true, ...extra };
}

export function option(name: string, summary: string, extra: Extra = {}): Parameter {
  return { name, summary, position: 'OPTION', form: 'text', required: false, ...extra };
}

export function query(field: string, variables: Readonly<Record<string, string>>, selection: string): GraphqlOperation {
  return { kind: 'query', field, variables, selection };
}

export function mutation(field: string, variables: Readonly<Record<string, string>>, selection: string): GraphqlOperation {
  return { kind: 'mutation', field, variables, selection };
}

/** The GraphQL document of an operation. */
export function documentOf({ kind, field, variables, selection }: GraphqlOperation): string {
  const names = Object.keys(variables);
  const declared = names.length === 0 ? '' : `(${names.map((name) => `$${name}: ${variables[name]}`).join(', ')})`;
  const passed = names.length === 0 ? '' : `(${names.map((name) => `${name}: $${name}`).join(', ')})`;
  return `${kind} ${field}${declared} { ${field}${passed}${selection === '' ? '' : ` { ${selection} }`} }`;
}

/** A column that shows the member at a dotted path. */
export function column(title: string, path: string): Column {
  const steps = path.split('.');
  return { title, value: (row) => steps.reduce<unknown>((value, step) => (value as Row | null | undefined)?.[step], row) };
}
