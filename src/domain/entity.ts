/** What every stored entity has in common. */

/** RFC 3339 in UTC with milliseconds (`2026-11-23T12:00:00.000Z`): sorts as text. */
export type Timestamp = string;

/** A calendar day, `YYYY-MM-DD`. */
export type PlainDate = string;

/** A UUID in lower case, 36 characters. */
export type Id = string;

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };
export type JsonObject = { readonly [name: string]: JsonValue };

export interface Tracked {
  readonly id: Id;
  /** Starts at 1 and counts changes somebody asked for; observations never count. */
  readonly revision: number;
  readonly createdAt: Timestamp;
  /** A principal's id, or an importer's author. */
  readonly createdBy: string;
  readonly updatedAt: Timestamp;
  readonly updatedBy: string;
}

/** A bound for text: length in characters and the allowed form. */
export interface TextRule {
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
  /** The form in words, for an error message. */
  readonly form?: string;
}

/** Ids of principals, and authors in `createdBy` and `updatedBy`. */
export const principalIdRule: TextRule = {
  min: 1,
  max: 100,
  pattern: /^[A-Za-z0-9-]+$/,
  form: 'letters, digits and hyphens',
};

/** Descriptions of any entity: up to 200 characters, line breaks included. */
export const descriptionRule: TextRule = { min: 0, max: 200 };
