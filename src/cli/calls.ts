/** Makers of the verbs that are one GraphQL operation: a call that answers an object, a list, or a batch of results. */
import type { Variables } from './client.js';
import { CliFailure, type Refusal, refusalFailure, usageFailure } from './failure.js';
import { pagesOf } from './pages.js';
import { resolved, variablesOf } from './variables.js';
import {
  type Column,
  column,
  documentOf,
  type Given,
  type GraphqlOperation,
  option,
  type Parameter,
  type Row,
  type Session,
  type Verb,
} from './verb.js';

interface CallVerb {
  readonly name: string;
  readonly summary: string;
  readonly operation: GraphqlOperation;
  readonly parameters: readonly Parameter[];
  readonly columns: readonly Column[];
  readonly danger?: string;
  /** Last touches to the variables that no parameter's place can express. */
  readonly complete?: (variables: Variables, given: Given, session: Session) => Variables | Promise<Variables>;
}

/** Sends an operation and returns what its field answered. */
export async function send(session: Session, operation: GraphqlOperation, variables: Variables): Promise<unknown> {
  const data = await session.progress.during(operation.field, () => session.client.request(documentOf(operation), variables));
  return data[operation.field];
}

/** A verb that sends one operation and shows the object that comes back. */
export function callVerb(definition: CallVerb): Verb {
  const { operation, columns, complete } = definition;
  const parameters = [...definition.parameters, ...commonOptions(operation)];
  return {
    ...definition,
    parameters,
    operations: [operation],
    run: async (session, given, show) => {
      const placed = await variablesOf(session, parameters, given);
      const variables = complete ? await complete(placed, given, session) : placed;
      const answer = await send(session, operation, variables);
      if (answer === null) throw new CliFailure('NOT_FOUND', 'There is no such object.');
      show({ shape: 'RECORD', row: isRow(answer) ? answer : { value: answer }, columns, json: answer });
      if (given['dry-run'] === true) session.say('Dry run: nothing was changed.');
    },
  };
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Options that follow from an operation's variables. */
function commonOptions({ variables }: GraphqlOperation): Parameter[] {
  const options: Parameter[] = [];
  if (variables.input)
    options.push(
      option('input', 'File with the input as JSON; options come on top of it.', { form: 'json', at: 'input', placeholder: 'file' }),
    );
  if (variables.clientToken)
    options.push(
      option('client-token', 'Repeating the command with the same token gives the first result.', {
        at: 'clientToken',
        placeholder: 'token',
      }),
    );
  if (variables.dryRun) options.push(option('dry-run', 'Check everything and change nothing.', { form: 'flag', at: 'dryRun' }));
  return options;
}

interface ListVerb {
  readonly name?: string;
  readonly summary: string;
  readonly operation: GraphqlOperation;
  readonly parameters: readonly Parameter[];
  readonly columns: readonly Column[];
}

const defaultLimit = 100;

/** A verb that lists the objects of a connection, page by page up to `--limit`. */
export function listVerb({ name = 'list', operation, columns, ...definition }: ListVerb): Verb {
  const parameters = [
    ...definition.parameters,
    option('limit', `Most entries to show; ${defaultLimit} if not given.`, { form: 'number', placeholder: 'n' }),
  ];
  return {
    name,
    summary: definition.summary,
    parameters,
    operations: [operation],
    run: async (session, given, show) => {
      const variables = await variablesOf(session, parameters, given);
      const limit = Number(given.limit ?? defaultLimit);
      if (limit < 1) throw usageFailure('--limit takes a number from 1.');
      const { rows, hasMore } = await session.progress.during(operation.field, (note) => take(session, operation, variables, limit, note));
      show({ shape: 'TABLE', rows, columns, json: rows });
      if (hasMore) session.say(`There are more than ${limit}; --limit shows more.`);
    },
  };
}

async function take(session: Session, operation: GraphqlOperation, variables: Variables, limit: number, note: (text: string) => void) {
  const rows: Row[] = [];
  // One more than asked for tells whether there are more.
  for await (const page of pagesOf(session.client, operation, variables, Math.min(limit + 1, 500))) {
    rows.push(...page);
    note(`${rows.length} entries`);
    if (rows.length > limit) break;
  }
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit };
}

/** A verb that lists what a field answers as a plain list. */
export function arrayVerb({ columns, operation, ...definition }: Omit<CallVerb, 'complete' | 'danger'>): Verb {
  return {
    ...definition,
    operations: [operation],
    run: async (session, given, show) => {
      const rows = (await send(session, operation, await variablesOf(session, definition.parameters, given))) as Row[];
      show({ shape: 'TABLE', rows, columns, json: rows });
    },
  };
}

interface BatchVerb {
  readonly name: string;
  readonly summary: string;
  readonly operation: GraphqlOperation;
  /** The list of objects comes first. */
  readonly parameters: readonly [Parameter, ...Parameter[]];
  readonly columns: readonly Column[];
  readonly danger?: string;
}

/** An item's result in a batch. */
interface BatchResult {
  readonly id: string;
  readonly error: (Refusal & { readonly message: string }) | null;
}

/** A verb on several objects at once; each has a result of its own, and the first failure decides the exit code. */
export function batchVerb({ operation, columns, ...definition }: BatchVerb): Verb {
  const [list, ...others] = definition.parameters;
  const parameters = [
    list,
    ...others,
    option('revision', 'Refuse unless the object still has this revision.', { form: 'number', placeholder: 'n' }),
  ];
  const options = commonOptions(operation);
  return {
    ...definition,
    parameters: [...parameters, ...options],
    operations: [operation],
    run: async (session, given, show) => {
      const ids = (await resolved(session, list, given[list.name])) as string[];
      if (given.revision !== undefined && ids.length > 1) throw usageFailure('--revision goes with one object only.');
      const items = ids.map((id) => ({ id, ...(given.revision === undefined ? {} : { revision: given.revision }) }));
      const placed = await variablesOf(session, [...others, ...options], given);
      const results = (await send(session, operation, { ...placed, items })) as (Row & BatchResult)[];
      const problem = column('Problem', 'error.message');
      const hasProblem = results.some(({ error }) => error !== null);
      show({ shape: 'TABLE', rows: results, columns: hasProblem ? [...columns, problem] : columns, json: results });
      throwFirstError(results);
    },
  };
}

function throwFirstError(results: readonly BatchResult[]): void {
  const failed = results.filter(({ error }) => error !== null);
  const [first] = failed;
  if (!first?.error) return;
  const { message, ...refusal } = first.error;
  const which = results.length === 1 ? '' : `${failed.length} of ${results.length} failed; the first, ${first.id}: `;
  throw refusalFailure(`${which}${message}`, refusal);
}
