/** Connections as the Relay cursor specification defines them. */
import { type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { EstateError } from '../../domain/errors.js';
import { type ListPage, type PageInput, pageBounds } from '../../services/paging.js';

export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: PageInfo;
  /** Counts only when asked: totals cost more than pages. */
  totalCount(): Promise<number>;
}

@ObjectType('PageInfo')
export class PageInfo {
  @Field(() => Boolean)
  readonly hasNextPage!: boolean;

  @Field(() => Boolean)
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true })
  readonly endCursor!: string | null;
}

/** The connection and edge types of a node type. */
export function connectionOf<T extends object>(name: string, node: ClassType<T>) {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => String)
    readonly cursor!: string;

    @Field(() => node)
    readonly node!: T;
  }

  @ObjectType(`${name}Connection`)
  class ConnectionType {
    @Field(() => [Edge])
    readonly edges!: readonly Edge[];

    @Field(() => PageInfo)
    readonly pageInfo!: PageInfo;

    @Field(() => Int, { simple: true, complexity: 20, description: 'All that match, on every page; counted only when asked for.' })
    readonly totalCount!: number;
  }
  return ConnectionType as ClassType<object>;
}

/** A page as a connection. */
export function connection<T>(page: ListPage<T>): Connection<T> {
  const edges = page.items.map(({ cursor, entity }) => ({ cursor, node: entity }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNext,
      hasPreviousPage: page.hasPrevious,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: page.total,
  };
}

/** A page of a list that is at hand as a whole. */
export function connectionOfAll<T extends { readonly id: string }>(items: readonly T[], input: PageInput): Connection<T> {
  const { limit, cursor, backward } = pageBounds(input);
  const place = cursor === undefined ? undefined : items.findIndex(({ id }) => id === cursor);
  if (place === -1) throw new EstateError('CURSOR_INVALID');
  const end = backward ? (place ?? items.length) : Math.min(items.length, (place ?? -1) + 1 + limit);
  const start = backward ? Math.max(0, end - limit) : (place ?? -1) + 1;
  const shown = items.slice(start, end).map((entity) => ({ cursor: entity.id, entity }));
  return connection({ items: shown, hasNext: end < items.length, hasPrevious: start > 0, total: async () => items.length });
}
