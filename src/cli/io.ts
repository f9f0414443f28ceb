import type { ReadStream } from 'node:tty';

/** The world around a command: standard streams and environment, so that tests can stand in for them. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  /** The terminal behind standard input; `undefined` when there is none to ask. */
  readonly terminal?: ReadStream;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Width of the terminal in columns. */
  readonly width: number;
  out(data: string | Uint8Array): void;
  err(text: string): void;
}

/** The process's own streams; a reader that went away ends the command quietly. */
export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', quietOnClosedPipe);
  return {
    env: process.env,
    stdin: process.stdin,
    ...(process.stdin.isTTY ? { terminal: process.stdin } : {}),
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    width: process.stdout.columns ?? 160,
    out: (data) => void process.stdout.write(data),
    err: (text) => void process.stderr.write(text),
  };
}

function quietOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
