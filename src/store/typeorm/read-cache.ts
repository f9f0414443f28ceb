/**
 * What was read and has not changed since. Nobody else writes to a database that a store has open, so a noun's reads
 * stay good until a commit touches that noun: they are dropped before the commit is answered, and a read that was under
 * way meanwhile is not kept. Reads inside a transaction never come here.
 */
import type { Id } from '../../domain/entity.js';
import type { Change, Entities, Noun, Reader } from '../contract.js';

export interface ReadCache {
  readonly read: Reader;
  /** To be called after a commit, before anybody is answered. */
  drop(changes: readonly Change[]): void;
  /** To be called when it is unknown whether a commit took place. */
  dropAll(): void;
}

/** What every request asks for: who calls, what they may do, and the keys they use. */
const keptNouns: readonly Noun[] = [
  'principal',
  'apiKey',
  'role',
  'roleBinding',
  'vault',
  'keystore',
  'keyTemplate',
  'managedKey',
  'keyVersion',
  'keyBlob',
  'keyRing',
  'kmsKey',
  'kmsKeyVersion',
];
/** Answers kept for each noun, the oldest of which go first. */
const mostAnswers = 1_000;
/** Longer lists are read again. */
const mostEntities = 20;

type Answer = readonly object[];

export function readCache(reader: Reader): ReadCache {
  const kept = new Map<Noun, Map<string, Answer>>(keptNouns.map((noun) => [noun, new Map()]));

  const remembered = async (noun: Noun, question: string, ask: () => Promise<Answer>): Promise<Answer> => {
    const answers = kept.get(noun);
    if (!answers) return await ask();
    const known = answers.get(question);
    if (known) return known;
    const answer = await ask();
    // Dropped meanwhile: what was read may be older than what is now.
    if (kept.get(noun) !== answers || answer.length > mostEntities) return answer;
    answers.set(question, answer);
    const [oldest] = answers.keys();
    if (answers.size > mostAnswers && oldest !== undefined) answers.delete(oldest);
    return answer;
  };
  const drop = (nouns: Iterable<Noun>) => {
    for (const noun of nouns) if (kept.has(noun)) kept.set(noun, new Map());
  };

  const get: Reader['get'] = async (noun, id) => {
    const [entity] = await remembered(noun, id, async () => {
      const found = await reader.get(noun, id);
      return found ? [found] : [];
    });
    return entity as Entities[typeof noun] | undefined;
  };

  return {
    read: {
      ...reader,
      get,
      getMany: async (noun, ids) => {
        // One alone is asked for like any other; more of them are asked for together.
        if (ids.length !== 1) return await reader.getMany(noun, ids);
        const entity = await get(noun, ids[0] as Id);
        return entity ? [entity] : [];
      },
      find: async (noun, where, limit) => {
        const ask = () => reader.find(noun, where, limit);
        const question = questionOf(where);
        const answer = question === undefined ? await ask() : await remembered(noun, `${question} ${limit}`, ask);
        return answer as readonly Entities[typeof noun][];
      },
    },
    drop: (changes) => drop(new Set(changes.map(({ noun }) => noun))),
    dropAll: () => drop(keptNouns),
  };
}

/** A condition as text; nothing for one that asks other nouns too, or that is refused. */
function questionOf(where: object): string | undefined {
  let isOfItsOwn = true;
  const text = JSON.stringify(where, (name, value: unknown) => {
    if (name === 'within' || value === undefined) isOfItsOwn = false;
    return value;
  });
  return isOfItsOwn ? text : undefined;
}
