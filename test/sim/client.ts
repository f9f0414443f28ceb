/** A client: asks for one thing after another, keeps what it was told, and asks again with the same token when it was told nothing. */
import type { ManagedKey } from '../../src/domain/managed-key.js';
import type { Call } from '../../src/services/call.js';
import { perform } from '../../src/services/perform.js';
import { situationFrom } from '../histories/key-model.js';
import type { Random } from '../histories/random.js';
import { type Ending, endingOf, type Told } from '../histories/told.js';
import { codeOf, type Interleaver } from './interleaver.js';
import type { Known } from './known.js';
import type { Deed } from './plan.js';
import { bulkVerbs, type Request, requests } from './requests.js';
import type { Server } from './server.js';

export interface Clients {
  readonly interleaver: Interleaver;
  readonly known: Known;
  readonly told: Told[];
  readonly principal: Call['principal'];
  readonly random: Random;
  newId(): string;
  /** The server that answers now. */
  server(): Server;
  /** Counts up with everything that clients see. */
  tick(): number;
}

const mostAttempts = 3;

export async function runClient(clients: Clients, deeds: readonly Deed[]): Promise<void> {
  for (const deed of deeds) {
    await clients.interleaver.call(null, 'client', deed.verb, async () => {});
    await act(clients, deed);
  }
}

async function act(clients: Clients, deed: Deed): Promise<void> {
  const { known, interleaver } = clients;
  const [first, second] = deed.numbers;
  if (deed.verb === 'wait') {
    // Seconds mostly, hours and days at times: every calendar has its turn.
    interleaver.advance(first % 5 === 0 ? (second % 100) * 3600 : second % 120);
    return;
  }
  const asking = { known, deed, now: interleaver.now() };
  if (deed.verb === 'bulk') {
    const verb = bulkVerbs[first % bulkVerbs.length] ?? 'sync';
    const several = [0, 1, 2].map((offset) => requests[verb]({ ...asking, deed: { ...deed, numbers: [second + offset, 0, 0, 0, 0, 0] } }));
    await Promise.all(several.map(async (request) => request && (await ask(clients, deed, request))));
    return;
  }
  const request = requests[deed.verb](asking);
  if (!request) return;
  const token = request.takesToken && deed.numbers[0] % 4 > 0 ? clients.newId() : null;
  await (deed.isDoubled && token !== null
    ? Promise.all([ask(clients, deed, request, token), ask(clients, deed, request, token)])
    : ask(clients, deed, request, token));
}

/** Asks until it is told something. Without a token, what creates is never asked for twice. */
async function ask(clients: Clients, deed: Deed, request: Request, token: string | null = null): Promise<void> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const told = await once(clients, deed, request, token);
    clients.told.push(told);
    if (told.ending.kind !== 'UNKNOWN' || token === null) return;
    await clients.interleaver.call(null, 'client', `${deed.verb} again`, async () => {});
  }
}

async function once(clients: Clients, deed: Deed, request: Request, clientToken: string | null): Promise<Told> {
  const { operation, input, subjectId, learn } = request;
  const { estate, died } = clients.server();
  const requestId = clients.newId();
  const call: Call = { principal: clients.principal, credentialId: null, face: 'test', address: null, requestId };
  const isDryRun = deed.isDryRun && operation.effect === 'CHANGE';
  const begunAt = clients.tick();
  const answered = perform(estate, call, operation, input, { dryRun: isDryRun, ...(clientToken === null ? {} : { clientToken }) }).then(
    (output: unknown): Ending => {
      const { createdId = null, key } = isDryRun ? {} : learn(output as never);
      return { kind: 'OK', createdId, key: key ? keyTold(key) : null };
    },
    (error: unknown) => endingOf(codeOf(error)),
  );
  const ending = await Promise.race([answered, died.then((): Ending => ({ kind: 'UNKNOWN' }))]);
  return {
    requestId,
    action: operation.action,
    effect: operation.effect,
    subjectId,
    clientToken,
    isDryRun,
    begunAt,
    endedAt: clients.tick(),
    ending,
  };
}

function keyTold({ id, revision, state, destroyAt, version }: ManagedKey) {
  return { id, revision, situation: situationFrom(state, destroyAt !== null), version };
}
