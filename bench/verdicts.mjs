/** The lines as a Markdown table. */

/** @param {readonly import('./table.mjs').Line[]} lines @param {Readonly<Record<string, string>>} causes */
export function tableOf(lines, causes) {
  const head = ['| what | figure | target | verdict | beside it |', '|---|---|---|---|---|'];
  const body = lines.map((line) => `| ${[line.what, line.figure, line.target, verdictOf(line), line.beside ?? ''].join(' | ')} |`);
  const missed = lines.filter(({ met }) => met === false);
  const notes = missed.map(({ name, what }) => `- ${what}: ${causes[name] ?? 'the cause is not known yet.'}`);
  return [...head, ...body, ...(notes.length > 0 ? ['', 'What holds the missed ones:', '', ...notes] : [])].join('\n');
}

function verdictOf({ met }) {
  if (met === null) return '-';
  return met ? 'met' : '**missed**';
}
