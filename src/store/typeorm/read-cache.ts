/**
 * What was read and has not changed since. Nobody else writes to a database that a store has locked, so what was read stays
 * good until a commit touches it: then it is dropped before the commit is answered, and a read that was under way
 * meanwhile is not kept. With the lock everything is lost: somebody else may have written before it is taken again.
 */
import type { Id } from '../../domain/entity.js';
import type { Change, Entities, Noun, Reader } from '../contract.js';

export interface ReadCache {
  /** Sees what is committed. */
  readonly read: Reader;
  /** Whether such a read is kept at all; the answer to a condition depends on no other noun then. */
  keeps(noun: Noun, where?: object): boolean;
  /** To be called after a commit, before anybody is answered. */
  drop(changes: readonly Pick<Change, 'noun' | 'id'>[]): void;
  /** To be called when it is unknown whether a commit took place. */
  dropAll(): void;
}

/** What every request and every pass over a key instance asks for: who calls, what they may do, and the keys they use. */
const keptNouns: ReadonlySet<Noun> = new Set([
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
  'keyInstance',
  'keyRing',
  'kmsKey',
  'kmsKeyVersion',
]);
/** Entities, and answers to conditions, kept for each noun; the oldest go first. */
const mostKept = 1_000;
/** Longer lists are read again. */
const longestList = 20;

/** What is known of one noun, or being asked: who asks the same meanwhile shares the answer. */
interface Known {
  readonly byId: Map<Id, Promise<object | undefined>>;
  readonly byCondition: Map<string, Promise<readonly object[]>>;
}

/** @param term as of `Database`: nothing is kept while it is `undefined`, and nothing outlives it */
export function readCache(reader: Reader, term: () => number | undefined): ReadCache {
  const nouns = new Map<Noun, Known>([...keptNouns].map((noun) => [noun, { byId: new Map(), byCondition: new Map() }]));
  let knownTerm = term();

  const dropAll = () => {
    for (const known of nouns.values()) {
      known.byId.clear();
      known.byCondition.clear();
    }
  };
  const isAlone = (): boolean => {
    const now = term();
    if (now !== knownTerm) dropAll();
    knownTerm = now;
    return now !== undefined;
  };

  const get: Reader['get'] = async (noun, id) => {
    const known = nouns.get(noun);
    if (!known || !isAlone()) return await reader.get(noun, id);
    const answer = await remembered(known.byId, id, () => reader.get(noun, id));
    return answer as Entities[typeof noun] | undefined;
  };
  const find: Reader['find'] = async (noun, where, limit) => {
    const known = nouns.get(noun);
    const question = known && questionOf(where);
    if (!known || question === undefined || !isAlone()) return await reader.find(noun, where, limit);
    const answer = await remembered(known.byCondition, `${question} ${limit}`, () => reader.find(noun, where, limit));
    return answer as readonly Entities[typeof noun][];
  };
  const getMany: Reader['getMany'] = async (noun, ids) => {
    // One alone is asked for like any other; more of them are asked for together.
    if (ids.length !== 1) return await reader.getMany(noun, ids);
    const entity = await get(noun, ids[0] as Id);
    return entity ? [entity] : [];
  };

  return {
    read: { ...reader, get, find, getMany },
    keeps: (noun, where = {}) => keptNouns.has(noun) && questionOf(where) !== undefined && isAlone(),
    drop: (changes) => {
      for (const { noun, id } of changes) {
        const known = nouns.get(noun);
        if (!known) continue;
        known.byId.delete(id);
        known.byCondition.clear();
      }
    },
    dropAll,
  };
}

/** The answer as it is known or being asked for. What a commit drops while it is asked for answers nobody who comes later. */
function remembered<Answer>(answers: Map<string, Promise<Answer>>, question: string, ask: () => Promise<Answer>): Promise<Answer> {
  const known = answers.get(question);
  if (known) return known;
  const asked = ask();
  answers.set(question, asked);
  const forget = () => {
    if (answers.get(question) === asked) answers.delete(question);
  };
  asked.then((answer) => {
    if (Array.isArray(answer) && answer.length > longestList) forget();
  }, forget);
  const [oldest] = answers.keys();
  if (answers.size > mostKept && oldest !== undefined) answers.delete(oldest);
  return asked;
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
