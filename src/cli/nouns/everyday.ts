import { expiring } from '../expiring.js';
import type { Verb } from '../verb.js';
import { fileVerbs } from './file.js';
import { keyUseVerbs } from './key-use.js';

const fileVerbNames = fileVerbs.map(({ name }) => name);

/**
 * Verbs with no noun to type: using a key is what most people do most of the time, and what expires is of several nouns.
 * All forms of use are under `key` too.
 */
export const everydayVerbs: readonly Verb[] = [expiring, ...fileVerbs, ...keyUseVerbs.filter(({ name }) => !fileVerbNames.includes(name))];
