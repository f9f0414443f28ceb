import { callVerb } from '../calls.js';
import { usageFailure } from '../failure.js';
import { writePrivateFile } from '../streams.js';
import { argument, type Column, column, type Given, mutation, type Noun, option, type Verb } from '../verb.js';
import { verifierKeyOf } from './audit-verify.js';

const create = callVerb({
  name: 'create',
  summary: "Writes an encrypted backup of the whole estate on the server's machine; keys are in use meanwhile.",
  operation: mutation('createBackup', {}, 'name path size sha256 createdAt auditSize isSigned'),
  parameters: [],
  columns: [
    column("On the server's machine", 'path'),
    column('Bytes', 'size'),
    column('SHA-256', 'sha256'),
    column('Audit events', 'auditSize'),
    column('Signed', 'isSigned'),
  ],
});

const keygen: Verb = {
  name: 'keygen',
  summary: 'Makes the key pair of backups: an identity file that opens them, kept away from the server, and the recipient for it.',
  parameters: [argument('file', 'The identity file to write, made with mode 0600; never over one that is there.')],
  operations: [],
  run: async (session, given, show) => {
    const { generateX25519Identity, identityToRecipient } = await import('age-encryption');
    const file = String(given.file);
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    writePrivateFile(file, `# public key: ${recipient}\n${identity}\n`, { mayReplace: false });
    show({ shape: 'RECORD', row: { recipient }, columns: [column('KYOK_BACKUP_RECIPIENT', 'recipient')], json: { recipient, file } });
    session.say(`Keep ${file} away from the server, twice: without it no backup opens.`);
  },
};

const reading = [
  argument('file', 'The backup, an age file.'),
  option('identity', 'File with the identity that opens it ("backup keygen", age-keygen).', { required: true, placeholder: 'file' }),
  option('public-key', 'Verifier key of the log, as text or @file; refuses a backup that it has not signed.', {
    placeholder: 'key|@file',
  }),
];

const summaryColumns: readonly Column[] = [
  column('Instance', 'manifest.instanceId'),
  column('Made at', 'manifest.createdAt'),
  column('By kyok', 'manifest.kyok'),
  column('HSM', 'manifest.hsm.implementation'),
  { title: 'Rows', value: ({ trailer }) => rowsText((trailer as { readonly rows: Readonly<Record<string, number>> }).rows) },
  column('Audit events', 'manifest.audit.size'),
  { title: 'Files', value: ({ trailer }) => (trailer as { readonly files: readonly string[] }).files.join(', ') },
  { title: 'Signed by', value: ({ manifest }) => (manifest as { readonly verifierKey: string | null }).verifierKey ?? 'nobody' },
];

const verify: Verb = {
  name: 'verify',
  summary: 'Opens a backup and holds it against its own counts, hash, audit log and signatures. Works offline, changes nothing.',
  parameters: reading,
  operations: [],
  run: async (session, given, show) => {
    const local = await import('../backup.js');
    const summary = await session.progress.during('backup verify', () => local.verify(backupOf(given)));
    show({ shape: 'RECORD', row: { ...summary }, columns: summaryColumns, json: summary });
    if (summary.manifest.verifierKey === null) session.say(unsigned);
    else if (given['public-key'] === undefined) session.say('It is whole. That it is yours, --public-key shows.');
  },
};

const restore: Verb = {
  name: 'restore',
  summary:
    "Puts a backup into the database and data folder of the settings (KYOK_DATA_DIR, KYOK_DATABASE_URL), on the server's machine while no server runs.",
  parameters: [
    ...reading,
    option('replace', 'Also where there is an estate already: what it holds now is lost. Needs --public-key or --unsigned.', {
      form: 'flag',
    }),
    option('unsigned', 'Lets --replace take a backup whose signature is not compared: whoever knows the recipient can forge one.', {
      form: 'flag',
    }),
  ],
  danger: 'The backup becomes the estate of this data folder and database.',
  operations: [],
  run: async (session, given, show) => {
    refuseUnknownSigner(given);
    const local = await import('../backup.js');
    const options = { ...backupOf(given), replace: given.replace === true };
    const restored = await session.progress.during('backup restore', () => local.restore(session.io.env, options));
    const columns = [...summaryColumns, column('Data folder', 'dataFolder'), column('Database', 'database')];
    show({ shape: 'RECORD', row: { ...restored }, columns, json: restored });
    session.say(signerText(restored.manifest.verifierKey, given['public-key'] !== undefined));
    session.say(
      restored.hsmStateKept
        ? 'The HSM state that was here stays: it knows which keys were destroyed since.'
        : 'The HSM state is the one of the backup; keys that were destroyed after it are alive again unless a newer state is put beside it before the start.',
    );
    session.say('Start the server: it notes the restore in the audit log. The device key or the parts of the master key open the HSM.');
  },
};

/** An estate gives way only to what its own log has signed, or to what a person says out loud. */
function refuseUnknownSigner(given: Given): void {
  const [isKnown, isUnsigned] = [given['public-key'] !== undefined, given.unsigned === true];
  if (isKnown && isUnsigned) throw usageFailure('--public-key and --unsigned exclude each other.');
  if (given.replace === true && !isKnown && !isUnsigned)
    throw usageFailure(
      '--replace needs --public-key KEY, the verifier key of your log, since anybody who knows the recipient can forge a backup; ' +
        '--unsigned takes it all the same.',
    );
}

function signerText(verifierKey: string | null, isCompared: boolean): string {
  if (verifierKey === null) return unsigned;
  const signer = `It bears the signature of ${verifierKey}`;
  return isCompared ? `${signer}, as asked.` : `${signer}; nothing shows that this key is yours but your own look at it.`;
}

const unsigned = 'It carries no signature: the HSM was sealed when it was made, so nothing shows that it is yours.';

function backupOf(given: Given): { readonly file: string; readonly identityFile: string; readonly publicKey?: string } {
  const publicKey = given['public-key'] === undefined ? undefined : verifierKeyOf(String(given['public-key']));
  return { file: String(given.file), identityFile: String(given.identity), ...(publicKey === undefined ? {} : { publicKey }) };
}

function rowsText(rows: Readonly<Record<string, number>>): string {
  return Object.entries(rows)
    .map(([noun, count]) => `${count} ${noun}`)
    .join(', ');
}

export const backup: Noun = {
  name: 'backup',
  summary: 'Encrypted backups of the whole estate, and what brings them back (docs/backup.md).',
  verbs: [create, keygen, verify, restore],
};
