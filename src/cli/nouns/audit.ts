import { auditOutcomes } from '../../domain/audit-event.js';
import { verifyConsistency, verifyInclusion } from '../../domain/audit-log.js';
import { fromBase64 } from '../../domain/base64.js';
import { listVerb, send } from '../calls.js';
import { CliFailure } from '../failure.js';
import { writePrivateFile } from '../streams.js';
import { argument, column, type Noun, option, query, type Row, type Verb } from '../verb.js';
import { auditExport } from './audit-export.js';
import { auditVerify } from './audit-verify.js';

const checkpointOperation = query('auditCheckpoint', {}, 'note origin size root publicKey');

const checkpoint: Verb = {
  name: 'checkpoint',
  summary: 'Shows the signed size and root of the log (C2SP tlog-checkpoint).',
  parameters: [option('out', 'File to write the signed note to.', { placeholder: 'file' })],
  operations: [checkpointOperation],
  run: async (session, given, show) => {
    const answer = (await send(session, checkpointOperation, {})) as { readonly note: string; readonly publicKey: string };
    if (given.out === undefined) show({ shape: 'PLAIN', data: answer.note, json: answer });
    else writePrivateFile(String(given.out), answer.note);
    session.say(`Public key: ${answer.publicKey}`);
  },
};

interface Proof extends Row {
  readonly index: number;
  readonly size: number;
  readonly leafHash: string;
  readonly root: string;
  readonly first: number;
  readonly second: number;
  readonly firstRoot: string;
  readonly secondRoot: string;
  readonly proof: readonly string[];
}

const inclusion = proofVerb({
  name: 'inclusion-proof',
  summary: 'Proves that an event is in the log, and checks the proof here.',
  operation: query('auditInclusionProof', { index: 'Float!', size: 'Float' }, 'index size leafHash root proof'),
  parameters: [
    argument('index', 'Place of the event in the log.', { form: 'number', at: 'index' }),
    option('size', 'Size of the log that the proof leads to; the present one if not given.', {
      form: 'number',
      at: 'size',
      placeholder: 'n',
    }),
  ],
  members: ['index', 'size', 'leafHash', 'root'],
  verify: ({ index, size, leafHash, root, proof }) =>
    verifyInclusion({ index, size, leafHash: fromBase64(leafHash), root: fromBase64(root), proof: proof.map(fromBase64) }),
});

const consistency = proofVerb({
  name: 'consistency-proof',
  summary: 'Proves that the log of one size continues the log of a smaller one, and checks the proof here.',
  operation: query('auditConsistencyProof', { first: 'Float!', second: 'Float!' }, 'first second firstRoot secondRoot proof'),
  parameters: [
    argument('first', 'The smaller size.', { form: 'number', at: 'first' }),
    argument('second', 'The larger size.', { form: 'number', at: 'second' }),
  ],
  members: ['first', 'second', 'firstRoot', 'secondRoot'],
  verify: ({ first, second, firstRoot, secondRoot, proof }) =>
    verifyConsistency({
      first,
      second,
      firstRoot: fromBase64(firstRoot),
      secondRoot: fromBase64(secondRoot),
      proof: proof.map(fromBase64),
    }),
});

function proofVerb(
  definition: Pick<Verb, 'name' | 'summary' | 'parameters'> & {
    readonly operation: Verb['operations'][number];
    readonly members: readonly string[];
    readonly verify: (proof: Proof) => boolean;
  },
): Verb {
  const { operation, members, verify, ...verb } = definition;
  const columns = [...members, 'proof', 'verified'].map((member) => column(member, member));
  return {
    ...verb,
    operations: [operation],
    run: async (session, given, show) => {
      const variables = Object.fromEntries(
        verb.parameters.map(({ name }) => [name, given[name]]).filter(([, value]) => value !== undefined),
      );
      const proof = (await send(session, operation, variables)) as Proof;
      const row = { ...proof, verified: verify(proof) };
      show({ shape: 'RECORD', row, columns, json: row });
      if (!row.verified) throw new CliFailure('NOT_VERIFIED', 'The proof does not verify.');
    },
  };
}

export const audit: Noun = {
  name: 'audit',
  summary: 'The audit log, and proof that nobody changed it.',
  verbs: [
    listVerb({
      summary: 'Lists events, newest first.',
      operation: query(
        'auditEvents',
        { filter: 'AuditEventFilter', order: 'AuditOrder', first: 'Int', after: 'String' },
        'edges { node { index event } } pageInfo { hasNextPage endCursor }',
      ),
      parameters: [
        option('action', 'Only this action, for example managed-key.rotate.', { at: 'filter.action' }),
        option('action-prefix', 'Only actions that begin so, for example managed-key.', {
          at: 'filter.actionPrefix',
          placeholder: 'prefix',
        }),
        option('outcome', 'Only with this outcome.', { at: 'filter.outcome', choices: auditOutcomes }),
        option('principal', 'Only by this principal.', { at: 'filter.principalId', refers: 'principal' }),
        option('target', 'Only about the object of this id.', { at: 'filter.targetId', placeholder: 'id' }),
        option('vault', 'Only in these vaults.', { form: 'list', at: 'filter.vaultIds', refers: 'vault' }),
        option('request', 'Only of this request.', { at: 'filter.requestId', placeholder: 'id' }),
        option('from', 'Only from this time on.', { at: 'filter.from', placeholder: 'time' }),
        option('to', 'Only up to this time.', { at: 'filter.to', placeholder: 'time' }),
        option('order', 'NEWEST_FIRST if not given.', { at: 'order', choices: ['NEWEST_FIRST', 'OLDEST_FIRST'] }),
      ],
      columns: [
        column('Index', 'index'),
        column('Time', 'event.time'),
        column('Action', 'event.action'),
        column('Outcome', 'event.outcome'),
        column('Reason', 'event.reason.type'),
        column('By', 'event.initiator.name'),
        column('Target', 'event.target.name'),
        column('Count', 'event.count'),
      ],
    }),
    checkpoint,
    inclusion,
    consistency,
    auditExport,
    auditVerify,
  ],
};
