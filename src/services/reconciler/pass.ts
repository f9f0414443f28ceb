/** One pass over one key instance: look, compare, take one step, look again, until nothing is left to do. */
import type { Id, Timestamp } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { nextStep, type ReconcileStep } from '../../domain/reconcile-step.js';
import { secondsUntilCertain } from '../../domain/settling.js';
import { addSeconds, secondsBetween } from '../../domain/time.js';
import type { KeystoreConnection } from '../../keystores/contract.js';
import { type Call, systemCall } from '../call.js';
import type { Estate } from '../estate.js';
import { type AskedSteps, showsLastStep } from './asked.js';
import { type BackOff, retryDelaySeconds } from './back-off.js';
import type { Connections } from './connections.js';
import { failureFields, type InstanceError, longestWaitSeconds, retryAfterSeconds } from './failure.js';
import type { Lane } from './lanes.js';
import { type Ending, type Look, recordFailure, recordLook } from './record.js';
import { type SeenChange, seenChanges } from './seen-changes.js';
import { bringsAbout, isDeed, isSameStep, take } from './steps.js';
import { keyToPlace, readSubject, type Subject } from './subject.js';
import { wantedInstance } from './wanted.js';

/** What passes share. */
export interface PassSurroundings {
  readonly estate: Estate;
  readonly connections: Connections;
  readonly backOff: BackOff;
  readonly random: () => number;
  /** Seconds after which an instance that is as wanted is looked at again; `null`: not by itself. */
  readonly verifyAfterSeconds: number | null;
  readonly asked: AskedSteps;
  readonly isStopping: () => boolean;
}

/** Steps in a row without an effect that a look shows, after which the keystore is left alone for a while. */
const mostStepsWithoutEffect = 5;

/** Drives one instance. Never throws for what can be recorded at the instance; a store that fails does throw. */
export async function pass(surroundings: PassSurroundings, lane: Lane, instanceId: Id): Promise<void> {
  const { estate, isStopping } = surroundings;
  const call = systemCall('reconciler', estate.newId());
  let subject = await readSubject(estate.store.read, instanceId);
  let stepsWithoutEffect = 0;
  try {
    while (subject && !isStopping()) {
      const connection = await surroundings.connections.to(subject.keystore);
      await lane.pace.take();
      // A look is as old as its request: while the reply is on its way, time passes.
      const lookedAt = estate.now();
      const askedAt = estate.timers.milliseconds();
      const remote = await connection.inspect(keyToPlace(subject, subject.instance.remoteId));
      // What is wanted is read after the slow look, right before the step that follows from it.
      subject = await readSubject(estate.store.read, instanceId);
      if (!subject) return;
      if (seenChanges(subject, remote).length > 0) stepsWithoutEffect = 0;
      if (stepsWithoutEffect > mostStepsWithoutEffect) throw new EstateError('KEYSTORE_REFUSED', { reason: 'steps have no effect' });
      const result = await oneStep(surroundings, lane, call, connection, { subject, remote, lookedAt, askedAt });
      if (result === 'OVER') return;
      if (result === 'STEP_TAKEN') stepsWithoutEffect += 1;
    }
  } catch (thrown) {
    if (!subject) throw thrown;
    await fail(surroundings, subject, thrown);
  }
}

type StepResult = 'STEP_TAKEN' | 'LOOK_AGAIN' | 'OVER';

/** Records the look, and takes the step that follows from it. */
async function oneStep(
  surroundings: PassSurroundings,
  lane: Lane,
  call: Call,
  connection: KeystoreConnection,
  { askedAt, ...seen }: Pick<Look, 'subject' | 'remote' | 'lookedAt'> & { readonly askedAt: number },
): Promise<StepResult> {
  const { estate, asked } = surroundings;
  const { subject, remote } = seen;
  const { id } = subject.instance;
  const { settlesInSeconds } = lane.limits;
  const before = asked.of(id);
  const look: Look = { ...seen, taken: before.steps };
  const changes = seenChanges(subject, remote);
  const { capabilities } = estate.keystoreTypes.driver(subject.keystore.type).descriptor;
  const step = nextStep(wantedInstance(subject), remote, capabilities);
  if (isOldPicture(lane, look, changes)) return await rest(surroundings, subject, settlesInSeconds);
  const isLastShown = showsLastStep(before, changes, remote);
  const uncertain = secondsUntilCertain({ askedAt, lastStepAt: before.lastStepAt, showsLastStep: isLastShown, settlesInSeconds });
  const isConfirmed = changes.length > 0;
  if (!isDeed(step)) {
    // What was asked for may still come, and be unwanted by now.
    if (uncertain > 0 && !isConfirmed && before.steps.length > 0) return await rest(surroundings, subject, uncertain);
    const isOver = await recordLook(estate, call, look, endingOf(surroundings, look, step, uncertain));
    asked.recorded(id, settlesInSeconds);
    return isOver ? 'OVER' : 'LOOK_AGAIN';
  }
  if (isConfirmed) await recordLook(estate, call, look, null);
  const isRepeat = !isConfirmed && isSameStep(step, before.steps.at(-1));
  // The keystore may not show the step yet. It is asked for again only after it had time to.
  if (isRepeat && uncertain > 0) return await rest(surroundings, subject, uncertain);
  const steps = isConfirmed ? [step] : isRepeat ? before.steps : [...before.steps, step];
  await lane.pace.take();
  const key = keyToPlace(subject, remote?.remoteId ?? subject.instance.remoteId);
  await asked.take(id, steps, async () => await take(estate, connection, subject, key, step));
  return 'STEP_TAKEN';
}

/** Whether a look shows what cannot be, so soon after the last one: an eventually consistent keystore's past. */
function isOldPicture(lane: Lane, { subject, lookedAt, taken }: Look, changes: readonly SeenChange[]): boolean {
  const { verifiedAt } = subject.instance;
  if (verifiedAt === null) return false;
  const sinceLast = secondsBetween(verifiedAt, lookedAt);
  // A last look in the future: the clock was set back, and nobody knows how long ago that look was.
  if (sinceLast < 0 || sinceLast >= lane.limits.settlesInSeconds) return false;
  return changes.some((change) => !taken.some((step) => bringsAbout(step, change)));
}

async function rest({ estate }: PassSurroundings, subject: Subject, seconds: number): Promise<'OVER'> {
  const { error, attempts } = subject.instance;
  const nextAttemptAt = addSeconds(estate.now(), seconds);
  await recordFailure(estate, subject, { error, attempts, syncFlag: 'VERIFYING_SYNC' }, nextAttemptAt);
  return 'OVER';
}

/** What a look shows as it is wanted is left alone only when the look is certain; else it is looked at once more. */
function endingOf({ verifyAfterSeconds }: PassSurroundings, { lookedAt }: Look, step: ReconcileStep, uncertain: number): Ending {
  const error = step.kind === 'blocked' ? blocks[step.reason] : null;
  if (uncertain > 0) return { nextAttemptAt: addSeconds(lookedAt, uncertain), error, step };
  if (step.kind === 'wait') return { nextAttemptAt: waitUntil(lookedAt, step.until), error, step };
  return { nextAttemptAt: verifyAfterSeconds === null ? null : addSeconds(lookedAt, verifyAfterSeconds), error, step };
}

/** An end that has passed without effect, or that the keystore does not tell, is looked for again a minute later. */
function waitUntil(now: Timestamp, until: Timestamp | null): Timestamp {
  const minute = addSeconds(now, 60);
  return until !== null && until > now ? until : minute;
}

type Blocked = Extract<ReconcileStep, { kind: 'blocked' }>['reason'];
const blocks: Readonly<Record<Blocked, InstanceError>> = {
  WRONG_KEY: {
    code: 'WRONG_KEY',
    message: 'The keystore holds other material under this key.',
    remedy: 'Remove the foreign key there, then sync the key; nothing is overwritten.',
  },
  CANNOT_CANCEL: {
    code: 'CANNOT_CANCEL',
    message: 'The keystore does not take back a destruction that has begun.',
    remedy: 'Wait until it has ended there, then sync the key to install it again.',
  },
  PRESENT_UNASKED: {
    code: 'PRESENT_UNASKED',
    message: 'The keystore holds this key although it was never installed from here.',
    remedy: 'Find out whether an older database was restored; activate the key to take it over, or remove it there.',
  },
};

async function fail({ estate, backOff, random }: PassSurroundings, subject: Subject, thrown: unknown): Promise<void> {
  const { instance } = subject;
  const attempts = instance.attempts + 1;
  const longestSeconds = Math.min(backOff.longestSeconds, longestWaitSeconds(thrown));
  const delay = Math.max(retryDelaySeconds({ ...backOff, longestSeconds }, attempts, random()), retryAfterSeconds(thrown));
  const fields = failureFields(subject, thrown);
  const level = fields.error.code === 'INTERNAL' ? 'error' : 'warn';
  estate.log[level](
    { err: thrown, keyInstanceId: instance.id, keystoreId: instance.keystoreId, attempts },
    'a key instance could not be driven',
  );
  await recordFailure(estate, subject, { ...fields, attempts }, addSeconds(estate.now(), delay));
}
