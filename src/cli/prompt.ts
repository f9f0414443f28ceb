/** Questions to the person at the terminal. */

import { readFileSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import { keyPartPassphraseRule } from '../domain/key-part.js';
import { CliFailure, usageFailure } from './failure.js';
import type { Io } from './io.js';

/**
 * A line typed at the terminal; not shown while it is typed if `hidden`.
 * @throws CliFailure INTERRUPTED on Ctrl-C, USAGE when there is no terminal to ask.
 */
export async function ask(io: Io, question: string, { hidden = false } = {}): Promise<string> {
  const { terminal } = io;
  if (!terminal) throw usageFailure('There is no terminal to ask at; see --help for the option that answers.');
  io.err(question);
  terminal.setRawMode(true);
  terminal.resume();
  try {
    return await typedLine(io, terminal, hidden);
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
    io.err('\n');
  }
}

const keys = { interrupt: '\u0003', end: '\u0004', backspaces: ['\u007f', '\b'], returns: ['\r', '\n'] } as const;

function typedLine(io: Io, terminal: ReadStream, hidden: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = (settle: () => void) => {
      terminal.off('data', onData);
      settle();
    };
    const onData = (chunk: Buffer) => {
      for (const character of chunk.toString('utf8')) {
        if (character === keys.interrupt || character === keys.end) return finish(() => reject(new CliFailure('INTERRUPTED', 'Stopped.')));
        if ((keys.returns as readonly string[]).includes(character)) return finish(() => resolve(typed));
        const isBackspace = (keys.backspaces as readonly string[]).includes(character);
        if (isBackspace && typed === '') continue;
        typed = isBackspace ? typed.slice(0, -1) : typed + character;
        if (!hidden) io.err(isBackspace ? '\b \b' : character);
      }
    };
    terminal.on('data', onData);
  });
}

/**
 * Goes on only when the person typed "yes", or said so on the command line.
 * @throws CliFailure USAGE
 */
export async function confirm(io: Io, warning: string, isConfirmed: boolean): Promise<void> {
  if (isConfirmed) return;
  if (!io.terminal) throw usageFailure(`${warning} Confirm with --yes.`);
  const answer = await ask(io, `${warning} Type "yes" to go on: `);
  if (answer.trim() !== 'yes') throw usageFailure('Nothing was done.');
}

/** The passphrase in a file (its first line), or one typed at the terminal. */
export async function passphrase(io: Io, file: string | undefined, question: string): Promise<string> {
  if (file === undefined) return await ask(io, `${question}: `, { hidden: true });
  return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
}

/** A new passphrase, typed twice when it is typed. */
export async function newPassphrase(io: Io, file: string | undefined, question: string): Promise<string> {
  const first = await passphrase(io, file, question);
  if (first.length < keyPartPassphraseRule.min || first.length > keyPartPassphraseRule.max)
    throw usageFailure(`A passphrase needs ${keyPartPassphraseRule.form}.`);
  if (file === undefined && (await passphrase(io, undefined, 'The same again')) !== first) throw usageFailure('The two differ.');
  return first;
}
