/** One history from beginning to end: clients, server, faults, quiet, and what is wrong then. */
import { decrypt } from '../../src/services/crypto/decrypt.js';
import { unwrapKey } from '../../src/services/crypto/unwrap-key.js';
import { perform } from '../../src/services/perform.js';
import { faultyKeystore } from '../fakes/faulty-keystore.js';
import { type Broken, brokenInvariants } from '../histories/invariants.js';
import { random } from '../histories/random.js';
import type { HeadSeen, Opened } from '../histories/snapshot.js';
import type { Told } from '../histories/told.js';
import { type Clients, runClient } from './client.js';
import { cloudType, type Ground } from './ground.js';
import { codeOf, type Interleaver, interleaver } from './interleaver.js';
import { newKnown, type Sealed } from './known.js';
import type { Plan } from './plan.js';
import { type Server, type Surroundings, startServer } from './server.js';
import { headOf, snapshotOf } from './snapshot.js';

export interface Verdict {
  readonly broken: readonly { readonly invariant: string; readonly what: string }[];
  readonly traceHash: string;
  readonly trace: readonly string[];
  readonly told: readonly Told[];
  readonly steps: number;
  readonly crashes: number;
  readonly struck: ReadonlyMap<string, number>;
}

/** More than any history takes; a history that does not end is wrong. */
const mostSteps = 60_000;
const quietRounds = 80;
const quietSeconds = 120;

export async function runHistory(ground: Ground, plan: Plan, keepsTrace = false): Promise<Verdict> {
  const scene = await newScene(ground, plan, keepsTrace);
  const { interleaver: loop, clients } = scene;
  const numbers = [...new Set(plan.deeds.map(({ client }) => client))];
  let running = numbers.length;
  for (const number of numbers) {
    void runClient(
      clients,
      plan.deeds.filter(({ client }) => client === number),
    ).finally(() => {
      running -= 1;
    });
  }
  const wrong = (what: string) => ({ invariant: 'the history ends', what });
  const faults: { invariant: string; what: string }[] = [];
  if (!(await turn(scene, () => running === 0))) faults.push(wrong('the clients were not answered'));
  loop.calm();
  if (!(await becomeQuiet(scene))) faults.push(wrong('the server does not come to rest'));
  const opened = await openAll(scene);
  const store = await scene.surroundings.disk.fork().open();
  const snapshot = await snapshotOf(store, scene.surroundings.cloud, scene.checkpoints, opened);
  const broken: readonly Broken[] = brokenInvariants({ snapshot, told: clients.told });
  loop.kill(scene.server().process);
  return {
    broken: [...faults, ...broken, ...scene.errors.map((what) => ({ invariant: 'the server logs no error of its own', what }))],
    traceHash: loop.traceHash(),
    trace: loop.trace,
    told: clients.told,
    steps: loop.steps,
    crashes: scene.crashes(),
    struck: loop.struck,
  };
}

interface Scene {
  readonly surroundings: Surroundings;
  readonly interleaver: Interleaver;
  readonly clients: Clients;
  readonly checkpoints: HeadSeen[];
  readonly errors: string[];
  server(): Server;
  crashes(): number;
  /** Starts another server where the last one died. */
  revive(): Promise<void>;
}

async function newScene(ground: Ground, plan: Plan, keepsTrace: boolean): Promise<Scene> {
  const loop = interleaver(plan, keepsTrace);
  const source = random(plan.order ^ 0x5eed);
  const sealedState = ground.newSealedState();
  let hsm = await ground.openHsm(sealedState);
  const restart = async () => {
    hsm = await ground.openHsm(sealedState);
  };
  loop.onRestart(restart);
  const errors: string[] = [];
  let count = 0;
  const newId = () => `10000000-0000-4000-8000-${(++count).toString(16).padStart(12, '0')}`;
  const surroundings: Surroundings = {
    ground,
    interleaver: loop,
    disk: ground.newDisk(),
    cloud: faultyKeystore({ now: loop.now, seed: source.below(0x1_0000_0000), type: cloudType }),
    random: source,
    newId,
    hsm: () => hsm,
    logged: (fields, message) => {
      const error = unexpected(fields);
      if (error) errors.push(`${message}: ${error}`);
    },
  };
  const checkpoints: HeadSeen[] = [];
  let server = await startServer(surroundings, 1);
  let ticks = 0;
  const clients: Clients = {
    interleaver: loop,
    known: newKnown(ground.vaultId, ground.keystoreIds),
    told: [],
    principal: ground.admin,
    random: source.branch(),
    newId,
    server: () => server,
    tick: () => ++ticks,
  };
  return {
    surroundings,
    interleaver: loop,
    clients,
    checkpoints,
    errors,
    server: () => server,
    crashes: () => server.process.number - 1,
    revive: async () => {
      surroundings.disk.crash();
      checkpoints.push(await headOf(await surroundings.disk.fork().open()));
      // Half of all crashes take the crypto unit with them.
      if (source.chance(0.5)) await restart();
      server = await startServer(surroundings, server.process.number + 1);
    },
  };
}

/** What the server logs as an error although nothing that went wrong explains it. */
function unexpected(fields: object): string | undefined {
  const { err } = fields as { err?: unknown };
  const code = codeOf(err);
  const explained = ['STORE_UNAVAILABLE', 'AUDIT_UNAVAILABLE', 'HSM_UNAVAILABLE'].includes(code);
  const cause = err instanceof Error && err.cause instanceof Error ? `: ${err.cause.message}` : '';
  return explained ? undefined : `${code}${cause}`;
}

/** Goes on until it is done. @returns whether it ended */
async function turn(scene: Scene, isDone: () => boolean): Promise<boolean> {
  const { interleaver: loop } = scene;
  while (!isDone()) {
    if (loop.steps > mostSteps) return false;
    if (scene.server().process.isDead) await scene.revive();
    if (!(await loop.step())) await loop.passTime(3600);
  }
  return true;
}

/** Lets everything that is due happen, and what falls due by that. @returns whether it came to rest */
async function becomeQuiet(scene: Scene): Promise<boolean> {
  const { interleaver: loop, surroundings } = scene;
  for (let round = 0; round < quietRounds; round += 1) {
    if (scene.server().process.isDead) await scene.revive();
    while (await loop.step()) if (loop.steps > mostSteps) return false;
    const store = await surroundings.disk.fork().open();
    const waiting = await store.read.count('keyInstance', { nextAttemptAt: { ne: null } });
    if (waiting === 0 && round > 1) return true;
    loop.advance(quietSeconds);
    await loop.passTime(0);
  }
  // Copies that wait for a person stay due; the invariants say of each whether that is right.
  return true;
}

/** Everything that clients encrypted is opened once more. */
async function openAll(scene: Scene): Promise<readonly Opened[]> {
  const { clients } = scene;
  const results: Opened[] = [];
  for (const sealed of clients.known.sealed) {
    let result: Opened | undefined;
    void openOne(clients, sealed).then((opened) => {
      result = opened;
    });
    await turn(scene, () => result !== undefined);
    if (result) results.push(result);
  }
  return results;
}

async function openOne(clients: Clients, { keyId, version, by, ciphertext, plaintext }: Sealed): Promise<Opened> {
  const operation = by === 'encrypt' ? decrypt : unwrapKey;
  const call = { principal: clients.principal, credentialId: null, face: 'test', address: null, requestId: clients.newId() };
  try {
    const output = await perform<unknown, { items: readonly object[] }>(clients.server().estate, call, operation as never, {
      keyId,
      items: [{ ciphertext }],
    });
    const [item] = output.items as readonly { plaintext?: Uint8Array; error?: { code: string } }[];
    if (item?.error) return { keyId, version, fault: item.error.code };
    return { keyId, version, fault: Buffer.compare(item?.plaintext ?? new Uint8Array(), plaintext) === 0 ? null : 'DIFFERS' };
  } catch (error) {
    return { keyId, version, fault: codeOf(error) };
  }
}
