/** Makes a request and writes down what was asked and told. */
import { situationFrom } from '../histories/key-model.js';
import { type Ending, endingOf, type Told } from '../histories/told.js';
import type { Answer, Client } from './client.js';
import type { KeyAnswer, Known, Learnt, Step, Ticks } from './estate.js';

/** A client and where it writes down what happens. */
export interface Asking {
  readonly client: Client;
  readonly known: Known;
  readonly ticks: Ticks;
  newRequestId(): string;
}

interface ItemAnswer {
  readonly id: string;
  readonly error: { readonly code: string } | null;
}

/** @returns the answer, after all that follows from it is known */
export async function ask({ client, known, ticks, newRequestId }: Asking, step: Step): Promise<Answer> {
  const requestId = newRequestId();
  const begunAt = ticks.next();
  const { document, variables, clientToken, effect, action } = step;
  const answer = await client.send(requestId, document, clientToken === null ? variables : { ...variables, token: clientToken });
  const told: Omit<Told, 'subjectId' | 'ending'> = {
    requestId,
    action,
    effect,
    clientToken,
    isDryRun: false,
    begunAt,
    endedAt: ticks.next(),
  };
  for (const [subjectId, ending] of endingsOf(known, step, answer)) known.told.push({ ...told, subjectId, ending });
  // Whoever does not know asks again, with the same client token.
  if (clientToken !== null && answer.outcome === 'UNKNOWN') known.unsettled.push({ step });
  if (clientToken !== null && answer.outcome === 'OK') known.settled.push(step);
  return answer;
}

/** By subject: bulks have one ending for each item. */
function endingsOf(known: Known, step: Step, answer: Answer): readonly (readonly [string | null, Ending])[] {
  const subjects = step.subjects.length === 0 ? [null] : step.subjects;
  if (answer.outcome !== 'OK') {
    const ending: Ending = answer.outcome === 'UNKNOWN' ? { kind: 'UNKNOWN' } : endingOf(answer.code);
    return subjects.map((id) => [id, ending]);
  }
  const result = answer.data['r'];
  if (!Array.isArray(result)) return [[subjects[0] ?? null, acknowledged(step.learn(known, result))]];
  return (result as ItemAnswer[]).map((item) => [item.id, item.error ? endingOf(item.error.code) : acknowledged(step.learn(known, item))]);
}

function acknowledged({ createdId, key }: Learnt): Ending {
  return { kind: 'OK', createdId: createdId ?? null, key: key ? keyTold(key) : null };
}

function keyTold({ id, revision, state, version, destroyAt }: KeyAnswer) {
  return { id, revision, version, situation: situationFrom(state, destroyAt !== null) };
}
