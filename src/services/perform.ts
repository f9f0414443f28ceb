/**
 * The one way in. Every face hands (call, operation, input) to `perform`, which checks the input, authorises before
 * anything is told, prepares, commits together with the audit event, and answers. A refusal is audited too; an
 * operation whose event cannot be made durable is refused.
 */
import type { AuditEvent } from '../domain/audit-event.js';
import { canonicalJson } from '../domain/canonical-json.js';
import type { JsonObject } from '../domain/entity.js';
import { EstateError } from '../domain/errors.js';
import { actionsFor } from '../domain/permissions.js';
import { accessOf } from './access.js';
import { auditEvent } from './audit-event.js';
import type { Call } from './call.js';
import { recordedInput } from './canonical-input.js';
import { clientTokenUse } from './client-token.js';
import type { Estate } from './estate.js';
import { refuseLostCredential } from './iam/authenticate.js';
import { refuseIllFormed } from './ill-formed.js';
import { operationMeasured } from './metrics/operation-measured.js';
import { isMonitoring, isToBeRecorded } from './monitoring.js';
import type { AuditTarget, ChangeOperation, Context, Done, Operation, Place, ScopeChain, UseOperation } from './operation.js';

export interface PerformOptions {
  /** Everything is checked and done, and then taken back; the answer shows what would be. */
  readonly dryRun?: boolean;
  /** The same token with the same input answers the first result; with other input it is refused. */
  readonly clientToken?: string;
}

const nowhere: AuditTarget = { kind: 'instance', id: null, name: null, vaultId: null };
/** A change whose caller named no revision is done again when somebody else was faster. */
const maxAttempts = 5;

/** @throws EstateError */
export async function perform<Input, Output>(
  estate: Estate,
  call: Call,
  operation: Operation<Input, Output>,
  rawInput: unknown,
  options: PerformOptions = {},
): Promise<Output> {
  const progress: Progress<Input> = { target: nowhere };
  const measured = operationMeasured(estate.measurements, call, operation);
  try {
    if (!isMonitoring(operation)) estate.delivery.refuseWhileDown();
    const input = checkInput(operation, rawInput);
    progress.input = input;
    const output = await attempt(estate, call, operation, input, options, progress);
    measured('success');
    return output;
  } catch (thrown) {
    const error = asEstateError(estate, call, operation.name, thrown);
    measured(error.kind);
    if (error.code !== 'AUDIT_UNAVAILABLE') await auditFailure(estate, call, operation, options, progress, error);
    throw error;
  }
}

/** How far an operation came: what its failure event can say. */
interface Progress<Input> {
  input?: Input;
  target: AuditTarget;
}

function checkInput<Input>(operation: Operation<Input, unknown>, rawInput: unknown): Input {
  const parsed = operation.input.safeParse(rawInput);
  if (parsed.success) {
    refuseIllFormed(parsed.data);
    return parsed.data;
  }
  const issues = parsed.error.issues.slice(0, 20).map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
  throw new EstateError('INPUT_INVALID', { issues });
}

async function attempt<Input, Output>(
  estate: Estate,
  call: Call,
  operation: Operation<Input, Output>,
  input: Input,
  options: PerformOptions,
  progress: Progress<Input>,
): Promise<Output> {
  for (let attempts = 1; ; attempts += 1) {
    const [access] = await Promise.all([accessOf(estate.store.read, call), refuseLostCredential(estate, call)]);
    const context: Context = { estate, call, access, now: estate.now() };
    const place = await authorisedPlace(context, operation, input);
    progress.target = place.target;
    try {
      return await run(context, operation, input, place, options);
    } catch (error) {
      const isRace = error instanceof EstateError && error.code === 'STALE_VERSION' && !namesRevision(input);
      if (!isRace || attempts >= maxAttempts) throw error;
    }
  }
}

/** Authorises before existence is told: who may not see the whole instance gets FORBIDDEN for any id. */
async function authorisedPlace<Input>(context: Context, operation: Operation<Input, unknown>, input: Input): Promise<Place<unknown>> {
  const place = await operation.place(context, input);
  if (!place) {
    const mayKnow = context.access.allows(actionsFor(operation.name), {});
    throw mayKnow ? new EstateError(operation.missing ?? 'NOT_FOUND') : new EstateError('FORBIDDEN');
  }
  const needed = actionsFor(operation.name, place.state);
  const allows = (scope: ScopeChain) => context.access.allows(needed, scope);
  if (allows(place.scope)) return place;
  const subject = 'narrowed' in place ? place.narrowed(allows) : undefined;
  if (subject === undefined) throw new EstateError('FORBIDDEN');
  return { ...place, subject };
}

async function run<Input, Output>(
  context: Context,
  operation: Operation<Input, Output>,
  input: Input,
  place: Place<unknown>,
  options: PerformOptions,
): Promise<Output> {
  switch (operation.effect) {
    case 'READ': {
      const output = await operation.read(context, input, place.subject);
      if (isMonitoring(operation) && !isToBeRecorded(context, operation)) return output;
      const details = { input: recordedInput(context.estate, operation, input) };
      await context.estate.store.audit.append(auditEvent(context, operation, { target: place.target, details }));
      return output;
    }
    case 'USE':
      return await runUse(context, operation, input, place);
    case 'CHANGE':
      return await runChange(context, operation, input, place, options);
  }
}

async function runUse<Input, Output>(
  context: Context,
  operation: UseOperation<Input, unknown, Output>,
  input: Input,
  place: Place<unknown>,
): Promise<Output> {
  const details = { input: recordedInput(context.estate, operation, input) };
  if (operation.announces) await deliver(context, auditEvent(context, operation, { target: place.target, details, pending: true }));
  const done = await operation.use(context, input, place.subject);
  const facts = { ...done, target: done.target ?? place.target, details: { ...details, ...done.details } };
  await deliver(context, auditEvent({ ...context, now: context.estate.now() }, operation, facts));
  return done.output;
}

/** Makes an event durable, also where the operator requires it beside the database. @throws EstateError AUDIT_UNAVAILABLE */
async function deliver({ estate }: Context, event: AuditEvent): Promise<void> {
  await estate.delivery.delivered(await estate.store.audit.append(event));
}

async function runChange<Input, Output>(
  context: Context,
  operation: ChangeOperation<Input, unknown, unknown, Output>,
  input: Input,
  place: Place<unknown>,
  options: PerformOptions,
): Promise<Output> {
  const { store } = context.estate;
  const isDryRun = options.dryRun === true;
  refuseStaleRevision(input, place);
  const token = clientTokenUse(context, operation, input, options);
  const repetition = () => changeEvent(context, operation, input, place, { details: { repeated: true } }, isDryRun);
  const earlier = await token.earlierResult(store.read);
  if (earlier) {
    await store.audit.append(repetition());
    return earlier.output;
  }
  const prepared = await operation.prepare?.(context, input, place.subject);
  const { output, event } = await store.write(
    async (tx) => {
      const repeated = await token.earlierResult(tx);
      const done: Done<Output> = repeated ?? (await operation.commit(tx, context, input, place.subject, prepared));
      const event = repeated ? repetition() : changeEvent(context, operation, input, place, done, isDryRun);
      if (!repeated) await token.remember(tx, done.output);
      if (!isDryRun) await tx.appendAudit(event);
      return { output: done.output, event };
    },
    { rollback: isDryRun },
  );
  if (isDryRun) {
    await store.audit.append(event);
    return operation.dryRunOutput?.(output) ?? output;
  }
  await follow(context, operation, output);
  return output;
}

/** What is committed stays done, whatever becomes of its consequences here. */
async function follow<Input, Output>(
  context: Context,
  operation: ChangeOperation<Input, unknown, unknown, Output>,
  output: Output,
): Promise<void> {
  try {
    await operation.follow?.(context, output);
  } catch (err) {
    const { estate, call } = context;
    estate.log.error({ err, operation: operation.name, requestId: call.requestId }, 'what follows a committed change failed');
  }
}

function changeEvent<Input, Output>(
  context: Context,
  operation: ChangeOperation<Input, unknown, unknown, Output>,
  input: Input,
  place: Place<unknown>,
  done: Omit<Done<Output>, 'output'>,
  dryRun: boolean,
): AuditEvent {
  const details = { input: recordedInput(context.estate, operation, input), ...done.details };
  return auditEvent(context, operation, { ...done, target: done.target ?? place.target, details, dryRun });
}

function namesRevision(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'revision' in input && input.revision !== undefined;
}

function refuseStaleRevision(input: unknown, place: Place<unknown>): void {
  if (!namesRevision(input) || place.revision === undefined) return;
  const { revision } = input as { revision: number };
  if (revision !== place.revision) throw new EstateError('STALE_VERSION', { revision: place.revision });
}

/** Whatever was thrown as an EstateError; the unexpected goes to the log with its cause and out as INTERNAL. */
function asEstateError(estate: Estate, call: Call, operation: string, thrown: unknown): EstateError {
  if (thrown instanceof EstateError && thrown.kind !== 'internal') return thrown;
  estate.log.error({ err: thrown, operation, requestId: call.requestId }, 'operation failed');
  return thrown instanceof EstateError ? thrown : new EstateError('INTERNAL', {}, { cause: thrown });
}

/**
 * Nobody is refused unseen: an event whose details cannot be put down goes without them.
 * @throws EstateError AUDIT_UNAVAILABLE
 */
async function auditFailure<Input>(
  estate: Estate,
  call: Call,
  operation: Operation<Input, unknown>,
  options: PerformOptions,
  { input, target }: Progress<Input>,
  error: EstateError,
): Promise<void> {
  const context = { estate, call, now: estate.now() };
  const eventWith = (details: JsonObject) => auditEvent(context, operation, { target, details, error, dryRun: options.dryRun === true });
  const whole = () => eventWith(input === undefined ? {} : { input: recordedInput(estate, operation, input) });
  try {
    await estate.store.audit.append(encodable(estate, call, whole) ?? eventWith({}));
  } catch (cause) {
    estate.log.error({ err: cause, requestId: call.requestId }, 'a refusal could not be audited');
    throw new EstateError('AUDIT_UNAVAILABLE', {}, { cause });
  }
}

/** The event, or nothing when it cannot be made or has no canonical form. */
function encodable(estate: Estate, call: Call, make: () => AuditEvent): AuditEvent | undefined {
  try {
    const event = make();
    canonicalJson(event as unknown as JsonObject);
    return event;
  } catch (err) {
    estate.log.error({ err, requestId: call.requestId }, 'a refusal is audited without its details');
    return undefined;
  }
}
