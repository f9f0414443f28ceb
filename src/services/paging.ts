import { EstateError } from '../domain/errors.js';
import type { Entities, Noun, Page, PageQuery, Reader, SortKey, Where } from '../store/contract.js';

/** What a list operation's input says of order and page; see `paging` and `sorting` in rules.ts. */
export interface PageInput {
  readonly first?: number | undefined;
  readonly after?: string | undefined;
  readonly last?: number | undefined;
  readonly before?: string | undefined;
  readonly sort?: readonly { readonly field: string; readonly descending: boolean }[] | undefined;
}

/** A page, and the number of all that match, which is only counted when asked for. */
export interface ListPage<T> extends Page<T> {
  total(): Promise<number>;
}

/** Entries of a page whose caller names no number (UKO's default). */
export const defaultPageSize = 20;

/**
 * One page of the entities that match, newest change first unless the input sorts.
 * @throws EstateError INPUT_INVALID when the input pages both ways, CURSOR_INVALID
 */
export async function pageOf<N extends Noun>(
  reader: Reader,
  noun: N,
  where: Where<Entities[N]>,
  input: PageInput,
): Promise<ListPage<Entities[N]>> {
  const byDefault = [{ field: 'updatedAt', descending: true }];
  const sort = (input.sort?.length ? input.sort : byDefault) as unknown as readonly SortKey<Entities[N]>[];
  const page = await reader.page(noun, { where, sort, ...pageBounds(input) });
  return { ...page, total: () => reader.count(noun, where) };
}

/**
 * Limit, cursor and direction of a page.
 * @throws EstateError INPUT_INVALID
 */
export function pageBounds({ first, after, last, before }: PageInput): Pick<PageQuery<never>, 'limit' | 'cursor' | 'backward'> {
  const isBackward = last !== undefined || before !== undefined;
  if (isBackward && (first !== undefined || after !== undefined)) {
    throw new EstateError('INPUT_INVALID', { issues: [{ path: 'last', message: 'give either first and after, or last and before' }] });
  }
  const cursor = isBackward ? before : after;
  return { limit: first ?? last ?? defaultPageSize, backward: isBackward, ...(cursor === undefined ? {} : { cursor }) };
}
