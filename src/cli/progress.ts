import type { Io } from './io.js';

export interface Progress {
  /** Runs work; when it takes more than two seconds, a line on standard error says so and keeps counting. */
  during<T>(what: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
}

const firstLineAfterMs = 2000;

/** On a terminal one line that counts seconds and vanishes; elsewhere a plain line now and then. */
export function progressOn({ stderrIsTerminal, err }: Pick<Io, 'stderrIsTerminal' | 'err'>): Progress {
  const intervalMs = stderrIsTerminal ? 1000 : 10_000;
  return {
    during: async (what, work) => {
      const started = performance.now();
      let note = '';
      let isShown = false;
      const show = () => {
        const seconds = Math.round((performance.now() - started) / 1000);
        const line = `${what}: ${note ? `${note}, ` : ''}${seconds} s`;
        err(stderrIsTerminal ? `\r\u001b[K${line}` : `${line}\n`);
        isShown = true;
      };
      let interval: NodeJS.Timeout | undefined;
      const first = setTimeout(() => {
        show();
        interval = setInterval(show, intervalMs);
      }, firstLineAfterMs);
      try {
        return await work((text) => {
          note = text;
        });
      } finally {
        clearTimeout(first);
        clearInterval(interval);
        if (isShown && stderrIsTerminal) err('\r\u001b[K');
      }
    },
  };
}
