import { send } from '../calls.js';
import { column, type Noun, query, type Row, type Verb } from '../verb.js';
import { masterKeyVerbs } from './master-key.js';
import { hex, registerColumns, registersRow, registersSelection } from './registers.js';

const statusOperation = query(
  'hsm',
  {},
  `sealed initialised implementation expectedVerificationPattern units { number running sealed restarts processId } registers { ${registersSelection} }`,
);

interface Unit {
  readonly number: number;
  readonly running: boolean;
  readonly sealed: boolean;
  readonly restarts: number;
}

function unitText({ number, running, sealed, restarts }: Unit): string {
  return `${number}: ${running ? (sealed ? 'sealed' : 'open') : 'not running'}${restarts > 0 ? `, ${restarts} restarts` : ''}`;
}

const status: Verb = {
  name: 'status',
  summary: 'Shows crypto units and master key registers.',
  parameters: [],
  operations: [statusOperation],
  run: async (session, _given, show) => {
    const answer = (await send(session, statusOperation, {})) as Row & { readonly registers: Row };
    const columns = [
      column('Sealed', 'sealed'),
      column('Initialised', 'initialised'),
      column('Implementation', 'implementation'),
      { title: 'Units', value: (row: Row) => (row.units as Unit[]).map(unitText) },
      ...registerColumns,
      { title: 'Expected pattern', value: (row: Row) => hex(row.expectedVerificationPattern) },
    ];
    show({ shape: 'RECORD', row: { ...answer, ...registersRow(answer.registers) }, columns, json: answer });
  },
};

export const hsm: Noun = {
  name: 'hsm',
  summary: 'The HSM and its master key.',
  verbs: [status, ...masterKeyVerbs],
};
