/** One pass over one key instance: look, compare, take one step, look again, until nothing is left to do. */
import type { Id, Timestamp } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { nextStep, type ReconcileStep } from '../../domain/reconcile-step.js';
import { addSeconds, secondsBetween } from '../../domain/time.js';
import type { KeystoreConnection } from '../../keystores/contract.js';
import { type Call, systemCall } from '../call.js';
import type { Estate } from '../estate.js';
import { type BackOff, retryDelaySeconds } from './back-off.js';
import type { Connections } from './connections.js';
import { failureFields, type InstanceError, longestWaitSeconds, retryAfterSeconds } from './failure.js';
import type { Lane } from './lanes.js';
import { type Ending, type Look, recordFailure, recordLook } from './record.js';
import { type SeenChange, seenChanges } from './seen-changes.js';
import { bringsAbout, type Deed, isDeed, isSameStep, take } from './steps.js';
import { keyToPlace, readSubject, type Subject } from './subject.js';
import { wantedInstance } from './wanted.js';

/** Steps whose effect no look has shown yet, and whether the keystore had time to show it since the last one. */
export interface Unconfirmed {
  readonly steps: readonly Deed[];
  readonly hasRested: boolean;
}

/** What passes share. */
export interface PassSurroundings {
  readonly estate: Estate;
  readonly connections: Connections;
  readonly backOff: BackOff;
  readonly random: () => number;
  /** Seconds after which an instance that is as wanted is looked at again; `null`: not by itself. */
  readonly verifyAfterSeconds: number | null;
  /** By instance; kept over failed passes, since a step whose reply was lost may have been done. */
  readonly unconfirmed: Map<Id, Unconfirmed>;
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
      const remote = await connection.inspect(keyToPlace(subject, subject.instance.remoteId));
      // What is wanted is read after the slow look, right before the step that follows from it.
      subject = await readSubject(estate.store.read, instanceId);
      if (!subject) return;
      if (seenChanges(subject, remote).length > 0) stepsWithoutEffect = 0;
      if (stepsWithoutEffect > mostStepsWithoutEffect) throw new EstateError('KEYSTORE_REFUSED', { reason: 'steps have no effect' });
      const result = await oneStep(surroundings, lane, call, connection, { subject, remote, lookedAt });
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
  { subject, remote, lookedAt }: Pick<Look, 'subject' | 'remote' | 'lookedAt'>,
): Promise<StepResult> {
  const { estate, unconfirmed } = surroundings;
  const { id } = subject.instance;
  const before = unconfirmed.get(id) ?? { steps: [], hasRested: false };
  const look: Look = { subject, remote, lookedAt, taken: before.steps };
  const changes = seenChanges(subject, remote);
  const { capabilities } = estate.keystoreTypes.driver(subject.keystore.type).descriptor;
  const step = nextStep(wantedInstance(subject), remote, capabilities);
  if (isOldPicture(lane, look, changes)) return await rest(surroundings, lane, subject);
  if (!isDeed(step)) {
    // A slow request of an earlier desire may have come after this one was written down: it must not show after the last look.
    const mayStillShow = changes.length === 0 && before.steps.some(({ kind }) => kind !== 'rename');
    if (mayStillShow && !before.hasRested && lane.limits.settlesInSeconds > 0) {
      unconfirmed.set(id, { steps: before.steps, hasRested: true });
      return await rest(surroundings, lane, subject);
    }
    const isOver = await recordLook(estate, call, look, endingOf(surroundings, lane, look, step));
    unconfirmed.delete(id);
    return isOver ? 'OVER' : 'LOOK_AGAIN';
  }
  const isConfirmed = changes.length > 0;
  if (isConfirmed) await recordLook(estate, call, look, null);
  const isRepeat = !isConfirmed && isSameStep(step, before.steps.at(-1));
  if (isRepeat && !before.hasRested && lane.limits.settlesInSeconds > 0) {
    // The keystore may not show the step yet. It is asked for again only after it had time to.
    unconfirmed.set(id, { steps: before.steps, hasRested: true });
    return await rest(surroundings, lane, subject);
  }
  unconfirmed.set(id, { steps: isConfirmed ? [step] : isRepeat ? before.steps : [...before.steps, step], hasRested: false });
  await lane.pace.take();
  await take(estate, connection, subject, keyToPlace(subject, remote?.remoteId ?? subject.instance.remoteId), step);
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

async function rest({ estate }: PassSurroundings, lane: Lane, subject: Subject): Promise<'OVER'> {
  const { error, attempts } = subject.instance;
  const nextAttemptAt = addSeconds(estate.now(), lane.limits.settlesInSeconds);
  await recordFailure(estate, subject, { error, attempts, syncFlag: 'VERIFYING_SYNC' }, nextAttemptAt);
  return 'OVER';
}

function endingOf(surroundings: PassSurroundings, lane: Lane, look: Look, step: ReconcileStep): Ending {
  if (step.kind === 'wait') return { nextAttemptAt: waitUntil(look.lookedAt, step.until), error: null, step };
  return { nextAttemptAt: nextLook(surroundings, lane, look), error: step.kind === 'blocked' ? blocks[step.reason] : null, step };
}

/**
 * When to look again although all is as wanted. What an eventually consistent keystore shows right after the desire
 * changed may be from before a step of the earlier desire, whose reply was lost: it is looked at once more.
 */
function nextLook({ verifyAfterSeconds }: PassSurroundings, lane: Lane, { subject, lookedAt }: Look): Timestamp | null {
  const { updatedAt } = subject.instance;
  const settledAt = addSeconds(updatedAt, lane.limits.settlesInSeconds);
  if (updatedAt <= lookedAt && lookedAt < settledAt) return settledAt;
  return verifyAfterSeconds === null ? null : addSeconds(lookedAt, verifyAfterSeconds);
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
