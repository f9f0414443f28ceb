/** What must hold after every run. */
import { setTimeout as wait } from 'node:timers/promises';
import { openCheckpoint, parseVerifierKey } from '../../src/domain/checkpoint.js';
import { brokenInvariants } from '../histories/invariants.js';
import type { Random } from '../histories/random.js';
import type { HeadSeen, Opened, Snapshot } from '../histories/snapshot.js';
import { client } from './client.js';
import type { Kept, Step } from './estate.js';
import { grouped } from './grouped.js';
import { type Life, unitsRun } from './life.js';
import { isQuiet, snapshotOf } from './snapshot.js';

const restSeconds = 90;
/** Keys whose ciphertexts are tried in one check: those that were used last, and some of the others. */
const keysTried = 12;

/** Sentences about what is wrong, by what they break; empty when all is well. */
export async function broken(life: Life, random: Random): Promise<Broken[]> {
  const own: Broken[] = [];
  const note = (rule: string, what: string) => void own.push({ rule, what });
  if (!life.isKilled() && !life.server().isAlive()) {
    note('the server lives', `it ended by itself:\n${life.server().lines().slice(-30).join('\n')}`);
    return own;
  }
  for (const code of unclearCodes) {
    if (life.codes.has(code)) note('every error is clear', `${code} was answered ${life.codes.get(code)} times`);
  }
  await unitsRun(life.server());
  await settle(life, random, note);
  await comeToRest(life, note);
  await revokedStaysOut(life, note);
  const opened = await openAgain(life, random);
  life.checkpoints.push(await checkpoint(life));
  const snapshot = await snapshotAtRest(life, opened);
  const of = { snapshot, told: life.known.told };
  const found = brokenInvariants(of).map(({ invariant, what }) => ({ rule: invariant, what }));
  return [...own, ...found, ...acknowledgedGone(life, snapshot)];
}

/** A rule, and what breaks it. */
export interface Broken {
  readonly rule: string;
  readonly what: string;
}

type Note = (rule: string, what: string) => void;

/** Answers that tell nobody what to do. */
const unclearCodes = ['INTERNAL', 'NO_CODE'];

/** Creates whose end nobody knows are asked for again, and some that were done: what was done is answered, what was not is done. */
async function settle(life: Life, random: Random, note: Note): Promise<void> {
  const { unsettled, settled } = life.known;
  const again = Array.from({ length: Math.min(2, settled.length) }, () => random.pick(settled));
  for (const step of [...unsettled.splice(0).map((one) => one.step), ...again]) {
    const answer = await life.ask(step);
    if (answer.outcome === 'REFUSED' && answer.code === 'NAME_TAKEN')
      note('nothing is there twice', `${step.action} with client token ${step.clientToken} was done and is not remembered`);
  }
}

/** The reconciler has done what it was asked for. */
async function comeToRest({ database }: Life, note: Note): Promise<void> {
  const deadline = performance.now() + restSeconds * 1_000;
  while (!(await isQuiet(database))) {
    if (performance.now() > deadline) return note('the estate comes to rest', `the reconciler is not done after ${restSeconds} s`);
    await wait(20);
  }
}

/** The calendar may have begun something since the estate came to rest. */
async function snapshotAtRest({ database, checkpoints }: Life, opened: readonly Opened[]): Promise<Snapshot> {
  const deadline = performance.now() + restSeconds * 1_000;
  for (;;) {
    const snapshot = await snapshotOf(database, { opened, checkpoints });
    if (!snapshot.instances.some(({ isDue }) => isDue) || performance.now() > deadline) return snapshot;
    await wait(50);
  }
}

/** Who was told that a credential is revoked may rely on it. */
async function revokedStaysOut({ known, server }: Life, note: Note): Promise<void> {
  for (const { id, token } of known.apiKeys.filter(({ revoked }) => revoked === 'YES').slice(-2)) {
    const holder = client(server().endpoint, token);
    const answer = await holder.send(`after-revocation-${id}`, '{ r: instance { id } }');
    holder.close();
    if (answer.outcome !== 'REFUSED' || answer.code !== 'UNAUTHENTICATED')
      note('no key is lost', `the API key ${id}, whose revocation was acknowledged, is answered ${JSON.stringify(answer)}`);
  }
}

/** Tries what was encrypted, key by key. */
async function openAgain(life: Life, random: Random): Promise<Opened[]> {
  const byKey = grouped(life.known.kept, ({ keyId }) => keyId);
  const recent = [...byKey].reverse();
  const tried = [
    ...recent.splice(0, keysTried / 2),
    ...Array.from({ length: keysTried / 2 }, () => recent.splice(random.below(recent.length), 1)[0] ?? []),
  ];
  const opened: Opened[] = [];
  for (const [keyId, kept] of tried)
    if (keyId !== undefined && kept !== undefined) opened.push(...(await openOf(life, keyId, kept.slice(-20))));
  return opened;
}

interface DecryptedItem {
  readonly plaintext: string | null;
  readonly error: { readonly code: string } | null;
}

async function openOf(life: Life, keyId: string, kept: readonly Kept[]): Promise<Opened[]> {
  let items: readonly DecryptedItem[] = [];
  const step: Step = {
    action: 'managed-key.decrypt',
    effect: 'USE',
    document: 'mutation ($input: DecryptInput!) { r: decrypt(input: $input) { items { plaintext error { code } } } }',
    variables: { input: { keyId, items: kept.map(({ ciphertext }) => ({ ciphertext })) } },
    clientToken: null,
    subjects: [keyId],
    learn: (_known, result) => {
      ({ items } = result as { items: DecryptedItem[] });
      return {};
    },
  };
  const answer = await life.ask(step);
  const refusal = answer.outcome === 'REFUSED' ? answer.code : answer.outcome;
  return kept.map(({ version, plaintext }, place) => {
    const item = items[place];
    const fault = item ? (item.error?.code ?? (item.plaintext === plaintext ? null : 'DIFFERS')) : refusal;
    return { keyId, version, fault };
  });
}

/** What the server signs of its log now, with the signature checked. */
async function checkpoint(life: Life): Promise<HeadSeen> {
  let head: HeadSeen | undefined;
  const step: Step = {
    action: 'audit.checkpoint',
    effect: 'READ',
    document: '{ r: auditCheckpoint { note publicKey } }',
    variables: {},
    clientToken: null,
    subjects: [],
    learn: (_known, result) => {
      const { note, publicKey } = result as { note: string; publicKey: string };
      head = openCheckpoint(note, parseVerifierKey(publicKey));
      return {};
    },
  };
  const answer = await life.ask(step);
  if (!head) throw new Error(`no checkpoint: ${JSON.stringify(answer)}`);
  return head;
}

/** Vaults, keystores and templates that were acknowledged; nobody deletes them here. */
function acknowledgedGone({ known }: Life, snapshot: Snapshot): Broken[] {
  const there = new Set([...snapshot.vaults, ...snapshot.keystores, ...snapshot.keyTemplates].map(({ id }) => id));
  return [...known.vaults, ...known.keystores, ...known.templates]
    .filter(({ id }) => !there.has(id))
    .map(({ id }) => ({ rule: 'no key is lost', what: `${id} was acknowledged and is gone` }));
}
