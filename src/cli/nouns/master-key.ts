/** Verbs on the master key: making, loading, committing and activating it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { keyPartFileRandomBytes, keyPartTotals, masterKeyBytes, newKeyParts, sealKeyPart } from '../../domain/key-part.js';
import { send } from '../calls.js';
import { CliFailure, usageFailure } from '../failure.js';
import { completeSet, importersOperation, loadOperation, loadParts, readPartFiles } from '../key-parts.js';
import { confirm, newPassphrase } from '../prompt.js';
import { writePrivateFile } from '../streams.js';
import { argument, argumentList, column, type Given, mutation, option, query, type Session, type Verb } from '../verb.js';
import { hex, type Registers, registerColumns, registersRow, registersSelection } from './registers.js';

const stateOperation = query('hsm', {}, `sealed initialised expectedVerificationPattern registers { ${registersSelection} }`);
const initialiseOperation = mutation('initialiseMasterKey', {}, registersSelection);
const commitOperation = mutation('commitMasterKey', { input: 'CommitMasterKeyInput!' }, registersSelection);
const activateOperation = mutation('activateMasterKey', { input: 'ActivateMasterKeyInput!' }, registersSelection);
const clearOperation = mutation('clearNewMasterKey', {}, registersSelection);

interface State {
  readonly sealed: boolean;
  readonly initialised: boolean;
  readonly expectedVerificationPattern: string | null;
  readonly registers: Registers;
}

const passphraseFile = option(
  'passphrase-file',
  'File whose first line is the passphrase; one for all parts, or one for each in their order.',
  {
    form: 'list',
    placeholder: 'file',
  },
);
const yes = option('yes', 'Go on without asking.', { form: 'flag' });
const partFiles = argumentList('files', 'The key part files, all parts of one master key.');

const newPart: Verb = {
  name: 'new-part',
  summary: 'Makes the parts of a new master key here: 2 or 3 files, each under a passphrase of its own.',
  parameters: [argumentList('files', 'Files to make, one for each part; they must not exist.'), passphraseFile],
  operations: [],
  run: async (session, given, show) => {
    const files = given.files as readonly string[];
    const total = keyPartTotals.find((count) => count === files.length);
    if (total === undefined) throw usageFailure('A master key has 2 or 3 parts: name 2 or 3 files.');
    // A plain Uint8Array: slices of a Buffer are views, and would be wiped along with it.
    const random = Uint8Array.from(randomBytes(total * masterKeyBytes));
    const parts = newKeyParts(randomUUID(), total, random);
    random.fill(0);
    const passphraseFiles = given['passphrase-file'] as readonly string[] | undefined;
    for (const [position, part] of parts.entries()) {
      const path = passphraseFiles?.[position] ?? passphraseFiles?.[0];
      const typed = await newPassphrase(session.io, path, `New passphrase for part ${part.part}`);
      const sealed = await session.progress.during('protecting the part', () =>
        sealKeyPart(part, typed, randomBytes(keyPartFileRandomBytes)),
      );
      writePrivateFile(files[position] ?? '', `${JSON.stringify(sealed, undefined, 2)}\n`, { mayReplace: false });
      part.bytes.fill(0);
    }
    const row = { files, verificationPattern: Buffer.from(parts[0]?.masterKeyPattern ?? []).toString('hex') };
    show({ shape: 'RECORD', row, columns: [column('Files', 'files'), column('Verification pattern', 'verificationPattern')], json: row });
    session.say('Give each file and its passphrase to another person. Without all of them a sealed server stays sealed.');
  },
};

const loadPart: Verb = {
  name: 'load-part',
  summary: 'Loads one part into the new master key register.',
  parameters: [argument('file', 'The key part file.'), passphraseFile, yes],
  operations: [importersOperation, loadOperation],
  run: async (session, given, show) => {
    const registers = await loadParts(session, readPartFiles([String(given.file)]), given);
    show(registersReport(registers));
  },
};

/** Loads all parts and makes them the master key; `check` refuses beforehand what cannot go well. */
function bringKeyVerb(name: string, summary: string, warning: string, check: (state: State, pattern: string) => void): Verb {
  return {
    name,
    summary,
    parameters: [partFiles, passphraseFile, yes],
    operations: [stateOperation, importersOperation, loadOperation, commitOperation, activateOperation],
    run: async (session, given, show) => {
      const files = completeSet(readPartFiles(given.files as readonly string[]));
      const pattern = files[0]?.masterKeyPattern ?? '';
      const state = (await send(session, stateOperation, {})) as State;
      check(state, pattern);
      session.say(`${warning} Verification pattern: ${pattern}`);
      const loaded = await loadParts(session, files, given);
      if (hex(loaded.new.verificationPattern) !== pattern)
        throw new CliFailure(
          'NOT_VERIFIED',
          'The parts do not make the master key that their files name; "hsm clear" empties the register.',
        );
      const input = { verificationPattern: loaded.new.verificationPattern };
      await send(session, commitOperation, { input });
      show(registersReport((await send(session, activateOperation, { input })) as Registers));
    },
  };
}

const init = bringKeyVerb(
  'init',
  'Gives a new instance its master key: loads all parts, commits and activates.',
  'This becomes the master key of this instance.',
  ({ initialised }) => {
    if (initialised) throw new CliFailure('CONFLICT', 'This instance has a master key already; "hsm unseal" brings it after a restart.');
  },
);

const unseal = bringKeyVerb(
  'unseal',
  'Brings the master key back to a sealed server: loads all parts, commits and activates.',
  'The HSM is to be unsealed with this master key.',
  ({ sealed, initialised, expectedVerificationPattern }, pattern) => {
    if (!initialised) throw new CliFailure('CONFLICT', 'This instance has no master key yet; "hsm init" gives it one.');
    if (!sealed) throw new CliFailure('CONFLICT', 'The HSM is not sealed.');
    if (expectedVerificationPattern !== null && hex(expectedVerificationPattern) !== pattern)
      throw new CliFailure('CONFLICT', `These are parts of another master key; the HSM expects ${hex(expectedVerificationPattern)}.`);
  },
);

/** Commits or activates what the new register holds; the pattern that is named must be the one it shows. */
function registerVerb(name: string, summary: string, operation: typeof commitOperation, warning: string): Verb {
  return {
    name,
    summary,
    parameters: [option('pattern', 'Verification pattern that the new master key must have, in hex.', { placeholder: 'hex' }), yes],
    operations: [stateOperation, operation],
    run: async (session, given, show) => {
      const { registers } = (await send(session, stateOperation, {})) as State;
      const { verificationPattern } = registers.new;
      if (verificationPattern === null) throw new CliFailure('CONFLICT', 'The new master key register is not full: load all parts first.');
      await confirmPattern(session, given, warning, hex(verificationPattern) ?? '');
      show(registersReport((await send(session, operation, { input: { verificationPattern } })) as Registers));
    },
  };
}

async function confirmPattern(session: Session, given: Given, warning: string, shown: string): Promise<void> {
  if (given.pattern === undefined) return await confirm(session.io, `${warning} Verification pattern: ${shown}.`, given.yes === true);
  if (String(given.pattern).toLowerCase() !== shown)
    throw new CliFailure('CONFLICT', `The new master key has another verification pattern: ${shown}.`);
}

const clear: Verb = {
  name: 'clear',
  summary: 'Empties the new master key register.',
  parameters: [],
  danger: 'Parts that were loaded must be loaded again.',
  operations: [clearOperation],
  run: async (session, _given, show) => show(registersReport((await send(session, clearOperation, {})) as Registers)),
};

const initToken: Verb = {
  name: 'init-token',
  summary: 'Lets the PKCS#11 token of a new instance make its master key, which never leaves it.',
  parameters: [],
  operations: [initialiseOperation],
  run: async (session, _given, show) => {
    show(registersReport((await send(session, initialiseOperation, {})) as Registers));
    session.say('Back up the token with the tools of its maker now: without it no key of this instance opens again.');
  },
};

function registersReport(registers: Registers) {
  return { shape: 'RECORD', row: registersRow(registers), columns: registerColumns, json: registers } as const;
}

export const masterKeyVerbs: readonly Verb[] = [
  newPart,
  init,
  initToken,
  unseal,
  loadPart,
  registerVerb('commit', 'Commits the new master key once all parts are loaded.', commitOperation, 'This commits the new master key.'),
  registerVerb('activate', 'Makes the committed new master key the current one.', activateOperation, 'This activates the new master key.'),
  clear,
];
