/** docs/cli.md, generated from the command tree. */
import type { Argument, Command, Option } from 'commander';
import { exitCodes } from './exit-codes.js';

/** The reference of all commands as Markdown. */
export function referenceOf(program: Command): string {
  const global = program.options.filter(({ long }) => long !== '--version');
  const sections = program.commands.filter(({ commands }) => commands.length > 0).map((noun) => nounSection(noun, program));
  const plain = program.commands.filter(({ commands }) => commands.length === 0);
  return `# The kyok command

<!-- Generated from the command tree by \`npx vitest run test/cli/reference.test.ts -u\`; a stale file fails that test. -->

A GraphQL client with readable tables; \`--output json\` writes one JSON value to standard output for scripts, and everything
else goes to standard error. Objects are named by id or by readable name: vaults by theirs, keystores, templates and keys as
\`vault/name\`. Without \`KYOK_ENDPOINT\` and \`KYOK_API_KEY\` it speaks to the development server of this machine with the key
that the server wrote to \`admin.key\` in its data folder.

From a checkout, \`npm run --silent kyok -- vault list\` is \`kyok vault list\`.
Completion: \`source <(kyok completion bash)\`, \`source <(kyok completion zsh)\` or \`kyok completion fish | source\`.

## Options of every command

${optionTable(global)}

## Exit codes

| code | meaning |
|---|---|
${Object.values(exitCodes)
  .map(({ code, text }) => `| ${code} | ${text} |`)
  .join('\n')}

## Commands

${plain.map((command) => commandText(command, `kyok ${command.name()}`)).join('\n\n')}

${sections.join('\n\n')}
`;
}

function nounSection(noun: Command, program: Command): string {
  const names = [noun.name(), ...noun.aliases()].map((name) => `kyok ${name}`).join(', ');
  const isShort = (verb: Command) =>
    program.commands.some((command) => command.name() === verb.name() && command.description() === verb.description());
  const shorts = noun.commands.filter(isShort).map((verb) => `\`kyok ${verb.name()}\``);
  const verbs = noun.commands.filter((verb) => !isShort(verb)).map((verb) => commandText(verb, `kyok ${noun.name()} ${verb.name()}`));
  const note = shorts.length > 0 ? [`Also here, with the same options: ${shorts.join(', ')}.`] : [];
  return [`## ${names}`, cell(noun.description()), ...note, ...verbs].join('\n\n');
}

function commandText(command: Command, name: string): string {
  const usage = [name, ...command.registeredArguments.map(argumentText)].join(' ');
  const parts = [`### ${usage.replace(/[<>[\]]/g, (bracket) => `\\${bracket}`)}`, cell(command.description())];
  if (command.registeredArguments.some(({ description }) => description)) parts.push(argumentTable(command.registeredArguments));
  if (command.options.length > 0) parts.push(optionTable(command.options));
  return parts.join('\n\n');
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function argumentTable(args: readonly Argument[]): string {
  return `| argument | |\n|---|---|\n${args.map((argument) => `| \`${argument.name()}\` | ${cell(argument.description)} |`).join('\n')}`;
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map(
    ({ flags, description, argChoices }) => `| \`${inTable(flags)}\` | ${cell(description)}${choicesText(argChoices)} |`,
  );
  return `| option | |\n|---|---|\n${rows.join('\n')}`;
}

function choicesText(choices: readonly string[] | undefined): string {
  return choices ? ` (${choices.join(', ')})` : '';
}

/** Text that is not taken for HTML and does not end a table's cell. */
function cell(text: string): string {
  return inTable(text).replaceAll(/<(?=[A-Za-z])/g, '\\<');
}

function inTable(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
