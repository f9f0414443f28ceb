import { leafHash as leafHashOf, sameHash, treeRoot } from '../../domain/audit-log.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import { openCheckpoint, parseVerifierKey } from '../../domain/checkpoint.js';
import type { JsonValue } from '../../domain/entity.js';
import { type ExportFile, exportFile, treeOver } from '../audit-file.js';
import { send } from '../calls.js';
import { CliFailure } from '../failure.js';
import { pagesOf } from '../pages.js';
import { argument, column, option, query, type Session, type Verb } from '../verb.js';
import { verifierKeyOf } from './audit-verify.js';

const checkpointOperation = query('auditCheckpoint', {}, 'note size publicKey');
const eventsOperation = query(
  'auditEvents',
  { order: 'AuditOrder', first: 'Int', after: 'String' },
  'edges { node { index event } } pageInfo { hasNextPage endCursor }',
);

interface Signed {
  readonly note: string;
  readonly size: number;
  readonly publicKey: string;
}

/** Writes the log up to a fresh checkpoint; what the server sends is held against what it signed before the file appears. */
export const auditExport: Verb = {
  name: 'export',
  summary: 'Writes the log and its signed checkpoint to a file that "audit verify" proves without the server.',
  parameters: [
    argument('file', 'File to write; JSON lines.'),
    option('public-key', 'Verifier key that the checkpoint must be signed by, as text or @file.', { placeholder: 'key|@file' }),
  ],
  operations: [checkpointOperation, eventsOperation],
  run: async (session, given, show) => {
    const signed = (await send(session, checkpointOperation, {})) as Signed;
    const publicKey = given['public-key'] === undefined ? signed.publicKey : verifierKeyOf(String(given['public-key']));
    const { size, root } = openCheckpoint(signed.note, parseVerifierKey(publicKey));
    const path = String(given.file);
    const file = exportFile(path);
    try {
      const leaves = await session.progress.during('audit export', (note) => collect(session, file, size, note));
      const lookup = treeOver(leaves);
      if (leaves.length !== size || !sameHash(await treeRoot(size, lookup), root))
        throw new CliFailure('NOT_VERIFIED', 'The events that the server sent are not the ones it signed; nothing was written.');
      await file.finish(leaves, lookup, signed.note);
    } catch (error) {
      file.discard();
      throw error;
    }
    const row = { file: path, events: size, publicKey };
    const columns = [column('File', 'file'), column('Events', 'events'), column('Public key', 'publicKey')];
    show({ shape: 'RECORD', row, columns, json: row });
    session.say(`Check it anywhere: kyok audit verify ${path} --public-key '${publicKey}'`);
  },
};

async function collect(session: Session, file: ExportFile, size: number, note: (text: string) => void): Promise<Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  if (size === 0) return leaves;
  for await (const page of pagesOf(session.client, eventsOperation, { order: 'OLDEST_FIRST' })) {
    for (const { index, event } of page.slice(0, size - leaves.length)) {
      const leafHash = leafHashOf(canonicalJson(event as JsonValue));
      leaves.push(leafHash);
      file.add({ index: Number(index), event: event as JsonValue, leafHash: Buffer.from(leafHash).toString('hex') });
    }
    note(`${leaves.length} of ${size} events`);
    if (leaves.length >= size) break;
  }
  return leaves;
}
