import { algorithmDescriptors, exportSchemes, type KeyAlgorithm, keyAlgorithms } from '../../domain/algorithms.js';
import { send } from '../calls.js';
import { column, type Noun, query, type Row, type Verb } from '../verb.js';
import { masterKeyVerbs } from './master-key.js';
import { hex, registerColumns, registersRow, registersSelection } from './registers.js';

const statusOperation = query(
  'hsm',
  {},
  `sealed initialised implementation expectedVerificationPattern units { number running sealed restarts processId } memory { generation auditSize destroyedKeys untoldKeys } registers { ${registersSelection} } capabilities { ceremony reencipher exportSchemes keys { algorithm size importable extractable uses { mechanism } } }`,
);

interface Unit {
  readonly number: number;
  readonly running: boolean;
  readonly sealed: boolean;
  readonly restarts: number;
}

interface Capabilities {
  readonly ceremony: boolean;
  readonly reencipher: boolean;
  readonly exportSchemes: readonly string[];
  readonly keys: readonly {
    readonly algorithm: KeyAlgorithm;
    readonly size: string;
    readonly importable: boolean;
    readonly extractable: boolean;
    readonly uses: readonly { readonly mechanism: string }[];
  }[];
}

/** What the algorithm table knows and this HSM does not. */
function missingCapabilities({ ceremony, reencipher, exportSchemes: schemes, keys }: Capabilities): string[] {
  const found = (algorithm: KeyAlgorithm, size: string) => keys.find((key) => key.algorithm === algorithm && key.size === size);
  const ofKeys = keyAlgorithms.flatMap((algorithm) =>
    algorithmDescriptors[algorithm].sizes.flatMap(({ size }) => {
      const key = found(algorithm, size);
      if (!key) return [`${algorithm} ${size}`];
      const done = new Set(key.uses.map((use) => use.mechanism));
      const absent = Object.keys(algorithmDescriptors[algorithm].mechanisms).filter((mechanism) => !done.has(mechanism));
      const lacks = [...absent, ...(key.importable ? [] : ['import']), ...(key.extractable ? [] : ['export'])];
      return lacks.length > 0 ? [`${algorithm} ${size}: ${lacks.join(', ')}`] : [];
    }),
  );
  const absentSchemes = exportSchemes.filter((scheme) => !schemes.includes(scheme)).map((scheme) => `export by ${scheme}`);
  return [...(ceremony ? [] : ['ceremony']), ...(reencipher ? [] : ['new master key']), ...ofKeys, ...absentSchemes];
}

function unitText({ number, running, sealed, restarts }: Unit): string {
  return `${number}: ${running ? (sealed ? 'sealed' : 'open') : 'not running'}${restarts > 0 ? `, ${restarts} restarts` : ''}`;
}

interface Memory {
  readonly auditSize: number;
  readonly destroyedKeys: number;
  readonly untoldKeys: number;
}

function memoryText(memory: Memory | null | undefined): string {
  if (!memory) return 'not known while sealed';
  const { auditSize, destroyedKeys, untoldKeys } = memory;
  const waiting = untoldKeys > 0 ? `, and is yet to be told of ${untoldKeys} more` : '';
  return `${auditSize} audit events, ${destroyedKeys} destroyed keys${waiting}`;
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
      { title: 'Remembers', value: (row: Row) => memoryText(row.memory as Memory | null | undefined) },
      { title: 'Cannot do', value: (row: Row) => missingCapabilities(row.capabilities as Capabilities) },
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
