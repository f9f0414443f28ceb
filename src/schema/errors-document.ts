import { type ErrorKind, errorCatalogue, errorKinds } from '../domain/errors.js';
import { httpStatus } from '../faces/shared/http-status.js';

/** The error catalogue as a table for people, by kind. */
export function errorsDocument(): string {
  return [
    '# Errors',
    '',
    'Printed from `src/domain/errors.ts` by `npm run schema`. Codes are stable; texts may become better.',
    'In GraphQL every error has `extensions { code, kind, details, requestId }`.',
    ...errorKinds.flatMap(section),
    '',
  ].join('\n');
}

function section(kind: ErrorKind): string[] {
  const rows = Object.entries(errorCatalogue).filter(([, entry]) => entry.kind === kind);
  if (rows.length === 0) return [];
  const table = rows.map(([code, { text }]) => `| \`${code}\` | ${text.replaceAll('|', '\\|')} |`);
  return ['', `## ${kind} (HTTP ${httpStatus[kind]})`, '', '| code | text |', '|---|---|', ...table];
}
