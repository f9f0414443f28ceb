import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.js';
import { asFailure, CliFailure } from './failure.js';
import type { Io } from './io.js';
import { plain } from './print.js';
import { kyokProgram, type LocalCommands } from './program.js';

/** Runs one command line (without the program's name) and answers its exit code; failures are told on standard error. */
export async function runKyok(argv: readonly string[], io: Io, local: LocalCommands): Promise<number> {
  try {
    await kyokProgram(io, local).parseAsync([...argv], { from: 'user' });
    return exitCodes.OK.code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return commanderExit(thrown, io, argv);
    const failure = asFailure(thrown);
    tell(io, failure, argv);
    return exitCodes[failure.exit].code;
  }
}

/** Help was asked for, or the command line is not valid. */
function commanderExit(error: CommanderError, io: Io, argv: readonly string[]): number {
  if (error.exitCode === 0) return exitCodes.OK.code;
  if (error.code === 'commander.help') return exitCodes.USAGE.code;
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const text = first.charAt(0).toUpperCase() + first.slice(1);
  tell(io, new CliFailure('USAGE', `${text}. ${suggestion ?? 'See "kyok help".'}`), argv);
  return exitCodes.USAGE.code;
}

/** One line for a person; one line of JSON where results are JSON too. */
function tell(io: Io, { exit, message, refusal }: CliFailure, argv: readonly string[]): void {
  const asJson = argv.some((word, at) => word === '--output=json' || (word === '--output' && argv[at + 1] === 'json'));
  const json = { error: { exitCode: exitCodes[exit].code, message, ...refusal } };
  io.err(asJson ? `${JSON.stringify(json)}\n` : `kyok: ${plain(message.replace(/\s*\n\s*/g, ' '))}\n`);
}
