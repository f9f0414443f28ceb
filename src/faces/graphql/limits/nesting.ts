import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { EstateError } from '../../../domain/errors.js';
import { documentLimits } from './limits.js';

const opening: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * Refuses a document whose brackets nest deeper than any that the limit on depth admits, before it is parsed: graphql-js's
 * parser and rules call themselves once a level, and run out of stack. @throws EstateError TOO_LARGE
 */
export function refuseDeepNesting(query: string): void {
  // Nearly every document has too few brackets in all to be worth reading twice.
  if ((query.match(/[{[(]/g)?.length ?? 0) <= documentLimits.nesting) return;
  if (deepestOf(query) > documentLimits.nesting) throw new EstateError('TOO_LARGE', { limit: 'nesting', max: documentLimits.nesting });
}

function deepestOf(query: string): number {
  const lexer = new Lexer(new Source(query));
  let level = 0;
  let deepest = 0;
  try {
    for (let tokens = 0; tokens <= documentLimits.tokens; tokens += 1) {
      const { kind } = lexer.advance();
      if (kind === TokenKind.EOF) break;
      if (opening.has(kind)) level += 1;
      else if (closing.has(kind)) level -= 1;
      deepest = Math.max(deepest, level);
    }
  } catch (error) {
    // What is no GraphQL the parser says at the same place, and goes no deeper before it.
    if (!(error instanceof GraphQLError)) throw error;
  }
  return deepest;
}
