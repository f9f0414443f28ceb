/** The rows, in order. Each measures itself and answers one or more lines of the table. */
import { auditAppend } from './rows/audit-append.mjs';
import { bulkCreate } from './rows/bulk-create.mjs';
import { createKey } from './rows/create-key.mjs';
import { encryptHundred } from './rows/encrypt-hundred.mjs';
import { encryptOne } from './rows/encrypt-one.mjs';
import { largeEstate } from './rows/large-estate.mjs';

/**
 * @typedef {object} Line
 * @property {string} name stable; `causes.mjs` speaks of it
 * @property {string} what
 * @property {string} figure what was measured, with its unit
 * @property {string} target in words
 * @property {boolean | null} met `null` where nothing is demanded
 * @property {string} [beside] figures beside the one that counts
 */
/** @typedef {{ name: string, measure: () => Promise<Line[]> }} Row */

/** @type {readonly Row[]} */
export const rows = [encryptHundred, encryptOne, createKey, bulkCreate, largeEstate, auditAppend];
