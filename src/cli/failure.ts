import { type ErrorKind, EstateError, errorKinds } from '../domain/errors.js';
import { type ExitName, exitByKind } from './exit-codes.js';

/** What a server said about a refusal, as far as it is shown. */
export interface Refusal {
  readonly code?: string;
  readonly kind?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
}

/** A command that cannot do what it was asked: one line for a person, one exit code for a script. */
export class CliFailure extends Error {
  constructor(
    readonly exit: ExitName,
    message: string,
    readonly refusal: Refusal = {},
  ) {
    super(message);
    this.name = 'CliFailure';
  }
}

/** The command line or a file it names is not valid. */
export function usageFailure(message: string): CliFailure {
  return new CliFailure('USAGE', message);
}

/** A refusal by the server, or of one item by it. */
export function refusalFailure(message: string, refusal: Refusal): CliFailure {
  return new CliFailure(isErrorKind(refusal.kind) ? exitByKind[refusal.kind] : 'INTERNAL', refusalText(message, refusal), refusal);
}

/** Anything thrown as a CliFailure. */
export function asFailure(thrown: unknown): CliFailure {
  if (thrown instanceof CliFailure) return thrown;
  if (thrown instanceof EstateError)
    return refusalFailure(thrown.message, { code: thrown.code, kind: thrown.kind, details: thrown.details });
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isFileError(error)) return usageFailure(fileErrorText(error));
  return new CliFailure('INTERNAL', error.message);
}

/** Message, issues and request id in one line. */
function refusalText(message: string, { code, kind, details, requestId }: Refusal): string {
  const facts = factsOf(details);
  const id = requestId && (kind === 'internal' || kind === undefined) ? ` Request id: ${requestId}.` : '';
  return `${message}${facts ? ` [${facts}]` : ''}${code ? ` (${code})` : ''}${id}`;
}

function factsOf(details: Refusal['details']): string {
  if (!details) return '';
  const { issues, ...others } = details;
  const issueTexts = Array.isArray(issues) ? issues.map(issueText) : [];
  const otherTexts = Object.entries(others).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [...issueTexts, ...otherTexts].join('; ');
}

function issueText(issue: unknown): string {
  const { path, message } = issue as { path?: unknown; message?: unknown };
  return path ? `${String(path)}: ${String(message)}` : String(message);
}

function isErrorKind(kind: string | undefined): kind is ErrorKind {
  return (errorKinds as readonly (string | undefined)[]).includes(kind);
}

const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read or written',
  EISDIR: 'it is a folder',
  EEXIST: 'the file exists already',
  ENOSPC: 'the disk is full',
};

/** What fails at reading or writing an open file, a folder or a full disk, does not say which it was. */
function isFileError(error: Error): error is Error & { code: string; path?: string } {
  return 'code' in error && String(error.code) in fileProblems;
}

function fileErrorText({ code, path }: { readonly code: string; readonly path?: string }): string {
  return `${path ?? 'A file that was named'}: ${fileProblems[code]}`;
}
