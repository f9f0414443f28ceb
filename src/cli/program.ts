/** The command tree: every noun and verb as a commander command, made from their descriptors. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { graphqlClient } from './client.js';
import { completionScript, shells } from './completion.js';
import type { Examined } from './doctor.js';
import { exitCodesText } from './exit-codes.js';
import { CliFailure, usageFailure } from './failure.js';
import type { Io } from './io.js';
import { everydayVerbs } from './nouns/everyday.js';
import { nouns } from './nouns/index.js';
import { plain, printReport } from './print.js';
import { progressOn } from './progress.js';
import { confirm } from './prompt.js';
import { type ClientOptions, clientSettings } from './settings.js';
import { status } from './status.js';
import { parameterValue, type RawValue, repeatedForms } from './values.js';
import { column, type Given, type Parameter, type Verb } from './verb.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string };

interface GlobalOptions extends ClientOptions {
  readonly output: 'table' | 'json';
}

/** Commands that run on the server's own machine and open its data folder. */
export interface LocalCommands {
  serve(): Promise<void>;
  resetAdministrator(): Promise<{ readonly adminKeyFile: string }>;
  examine(): Promise<readonly Examined[]>;
}

/** The whole command, ready to parse. */
export function kyokProgram(io: Io, local: LocalCommands): Command {
  const program = new Command('kyok')
    .description('Keep your own key: one point of control for encryption keys, under a master key that only you hold.')
    .addOption(new Option('--endpoint <url>', 'base URL of the server (KYOK_ENDPOINT; the local development server if not set)'))
    .addOption(new Option('--api-key-file <file>', 'file with the API key (else KYOK_API_KEY, else admin.key of the local data folder)'))
    .addOption(new Option('--output <form>', 'how results are written').choices(['table', 'json']).default('table'))
    .addOption(new Option('--timeout <seconds>', 'how long to wait for an answer').default('120'))
    .version(version, '--version', 'print the version')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      // The failure is told once, in one line, by whoever runs the program.
      outputError: () => undefined,
      getOutHelpWidth: () => io.width,
      getErrHelpWidth: () => io.width,
    })
    .helpCommand(false);
  addLocalCommands(program, io, local);
  addVerb(program, io, status);
  for (const noun of nouns) {
    const command = program.command(noun.name).description(noun.summary);
    if (noun.aliases) command.aliases(noun.aliases);
    for (const verb of noun.verbs) addVerb(command, io, verb);
  }
  for (const verb of everydayVerbs) addVerb(program, io, verb);
  addCompletion(program, io);
  addHelp(program, io);
  return program;
}

function addVerb(parent: Command, io: Io, verb: Verb): void {
  const command = parent.command(verb.name).description(verb.summary);
  for (const parameter of verb.parameters) addParameter(command, parameter);
  if (verb.danger) command.option('--yes', 'go on without asking');
  command.action(async (...args: unknown[]) => {
    const given = givenOf(verb, command, args);
    if (verb.danger) await confirm(io, verb.danger, command.opts().yes === true);
    await runVerb(io, command.optsWithGlobals<GlobalOptions>(), verb, given);
  });
}

function addParameter(command: Command, parameter: Parameter): void {
  const text = lowered(parameter.summary);
  if (parameter.position !== 'OPTION') {
    command.argument(parameter.position === 'ARGUMENTS' ? `<${parameter.name}...>` : `<${parameter.name}>`, text);
    return;
  }
  const value = parameter.form === 'flag' ? '' : ` <${parameter.placeholder ?? placeholders[parameter.form] ?? parameter.name}>`;
  const choices = parameter.choices ? ` (${parameter.choices.join(', ')})` : '';
  const option = new Option(`--${parameter.name}${value}`, `${text}${choices}${parameter.required ? '; required' : ''}`);
  if (repeatedForms.includes(parameter.form)) option.argParser((item: string, before: string[] | undefined) => [...(before ?? []), item]);
  command.addOption(option);
}

const placeholders: Readonly<Partial<Record<Parameter['form'], string>>> = { tags: 'name=value', fields: 'name=value', switch: 'on|off' };

function lowered(summary: string): string {
  const text = summary.replace(/\.$/, '');
  return /^[A-Z][a-z ]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
}

/** The values of a verb's parameters, from what commander parsed. */
function givenOf(verb: Verb, command: Command, args: readonly unknown[]): Given {
  const positional = verb.parameters.filter(({ position }) => position !== 'OPTION');
  const options: Readonly<Record<string, RawValue | undefined>> = command.opts();
  const given: Record<string, unknown> = {};
  for (const parameter of verb.parameters) {
    const place = positional.indexOf(parameter);
    const raw = (place === -1 ? options[camelCase(parameter.name)] : args[place]) as RawValue | undefined;
    if (raw !== undefined) given[parameter.name] = parameterValue(parameter, raw);
  }
  const missing = verb.parameters.filter(({ name, required, position }) => required && position === 'OPTION' && given[name] === undefined);
  if (missing.length > 0 && given.input === undefined)
    throw usageFailure(`${missing.map(({ name }) => `--${name}`).join(', ')} must be given.`);
  return given;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

async function runVerb(io: Io, options: GlobalOptions, verb: Verb, given: Given): Promise<void> {
  const outputsJson = options.output === 'json';
  const session = {
    io,
    client: graphqlClient(clientSettings(options, io.env)),
    progress: progressOn(io),
    outputsJson,
    say: (text: string) => io.err(`${plain(text)}\n`),
  };
  await verb.run(session, given, (report) => printReport(io, report, outputsJson));
}

function addLocalCommands(program: Command, io: Io, local: LocalCommands): void {
  program
    .command('serve')
    .description('Runs the server; its settings are environment variables (README.md).')
    .action(async () => await local.serve());
  program
    .command('doctor')
    .description('Says what is missing or wrong on this machine: Node, native modules, settings, folder, port, clock.')
    .action(async () => tellExamined(io, await local.examine(), program.opts<GlobalOptions>().output === 'json'));
  const admin = program.command('admin').description("Local administration, on the server's own machine while no server runs.");
  admin
    .command('reset')
    .description("Makes a new administrator's API key and writes it to admin.key in the data folder.")
    .option('--yes', 'go on without asking')
    .action(async (options: { readonly yes?: boolean }) => {
      await confirm(io, 'The API keys of the principal "admin" are revoked and a new one is made.', options.yes === true);
      const made = await local.resetAdministrator();
      const columns = [{ title: 'API key in', value: () => made.adminKeyFile }];
      printReport(io, { shape: 'RECORD', row: {}, columns, json: made }, program.opts<GlobalOptions>().output === 'json');
    });
}

function tellExamined(io: Io, examined: readonly Examined[], asJson: boolean): void {
  const rows = examined.map((finding) => ({ ...finding }));
  const columns = [column('Check', 'check'), column('Verdict', 'verdict'), column('Found', 'found'), column('What to do', 'advice')];
  printReport(io, { shape: 'TABLE', rows, columns, json: rows }, asJson);
  const problems = examined.filter(({ verdict }) => verdict === 'PROBLEM');
  if (problems.length > 0) throw new CliFailure('UNFIT', `Mend first: ${problems.map(({ check }) => check).join(', ')}.`);
}

function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .description(`Prints the completion script of a shell: ${shells.join(', ')}.`)
    .argument('<shell>', shells.join(', '))
    .action((shell: string) => io.out(completionScript(program, shell)));
}

function addHelp(program: Command, io: Io): void {
  program.addHelpText(
    'after',
    '\nTopics: "kyok help exit-codes". Objects are named by id or by name: vaults by theirs, the rest as vault/name.',
  );
  program
    .command('help')
    .description('Explains a command, or "exit-codes".')
    .argument('[command...]', 'names of a command')
    .action((words: readonly string[]) => {
      if (words[0] === 'exit-codes') return io.out(`${exitCodesText()}\n`);
      io.out(commandOf(program, words).helpInformation());
    });
}

/** The command that the words name. */
function commandOf(program: Command, words: readonly string[]): Command {
  return words.reduce((command, word) => {
    const found = command.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word));
    if (!found) throw new CommanderError(1, 'commander.unknownCommand', `error: unknown command '${word}'`);
    return found;
  }, program);
}
