import { readFileSync } from 'node:fs';
import { type ExportFault, verifyExport } from '../../domain/audit-export.js';
import { type Checkpoint, type NoteKey, openCheckpoint, parseVerifierKey } from '../../domain/checkpoint.js';
import { checkpointIn, eventsIn } from '../audit-file.js';
import { CliFailure, usageFailure } from '../failure.js';
import { textOrFile } from '../streams.js';
import { argument, column, option, type Verb } from '../verb.js';

const faultTexts: Readonly<Record<ExportFault, string>> = {
  MALFORMED: 'it cannot be read',
  OUT_OF_ORDER: 'its index is not the next one: an event is missing, doubled or moved',
  EVENT_ALTERED: 'the event does not have the hash beside it',
  NOT_IN_TREE: 'the event is not the one that was signed',
  MISSING: 'the export ends before it',
  NOT_COVERED: 'it lies beyond the checkpoint',
  ROOT_DIFFERS: 'some event is not the one that was signed',
  BEHIND_WITNESS: 'the checkpoint kept before covers more events: the log went back',
  WITNESS_DIFFERS: 'it does not begin with the log of the checkpoint kept before: the log was put back and went on otherwise',
};

/** Needs the export and the public key only: no server, no account, no network. */
export const auditVerify: Verb = {
  name: 'verify',
  summary: 'Proves an exported log against its signed checkpoint; names the first bad event with exit code 8. Works offline.',
  parameters: [
    argument('file', 'The export.'),
    option('public-key', 'Verifier key of the log, as text or @file; from "audit checkpoint", kept since you first saw it.', {
      required: true,
      placeholder: 'key|@file',
    }),
    option('checkpoint', 'Signed checkpoint instead of the one at the end of the export.', { placeholder: 'file' }),
    option('witness', 'Signed checkpoint kept from before ("audit checkpoint --out"), which the log must continue.', {
      placeholder: 'file',
    }),
  ],
  operations: [],
  run: async (session, given, show) => {
    const path = String(given.file);
    const key = parseVerifierKey(verifierKeyOf(String(given['public-key'])));
    const note = given.checkpoint === undefined ? await checkpointIn(path) : readFileSync(String(given.checkpoint), 'utf8');
    const head = signedHead(note, key);
    const witness = given.witness === undefined ? undefined : signedHead(readFileSync(String(given.witness), 'utf8'), key);
    const verdict = await session.progress.during('audit verify', () => verifyExport(eventsIn(path), head, witness));
    const row = { ...verdict, origin: head.origin, size: head.size };
    const columns = [column('Verified', 'ok'), column('Log', 'origin'), column('Events', 'size')];
    const bad = [column('First bad index', 'index'), column('Fault', 'fault')];
    show({ shape: 'RECORD', row, columns: verdict.ok ? columns : [...columns, ...bad], json: row });
    if (verdict.ok) return;
    const where = verdict.index === null ? 'The export' : `Event ${verdict.index}`;
    throw new CliFailure('NOT_VERIFIED', `${where} does not verify: ${faultTexts[verdict.fault]}.`);
  },
};

/**
 * The verifier key that --public-key gives as text or file.
 * @throws CliFailure USAGE when it is none
 */
export function verifierKeyOf(given: string): string {
  const text = textOrFile(given).trim();
  try {
    parseVerifierKey(text);
    return text;
  } catch {
    throw usageFailure('--public-key takes a verifier key: name+hash+key, as "audit checkpoint" shows it.');
  }
}

function signedHead(note: string, key: NoteKey): Checkpoint {
  try {
    return openCheckpoint(note, key);
  } catch {
    throw new CliFailure('NOT_VERIFIED', 'The checkpoint is not signed by this public key.');
  }
}
