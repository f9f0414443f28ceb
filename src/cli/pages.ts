import type { Client, Variables } from './client.js';
import { documentOf, type GraphqlOperation, type Row } from './verb.js';

/** Largest page a server gives. */
export const maxPageSize = 500;

interface Connection {
  readonly edges: readonly { readonly node: Row }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** The pages of a connection, fetched as they are asked for. */
export async function* pagesOf(
  client: Client,
  operation: GraphqlOperation,
  variables: Variables,
  pageSize = maxPageSize,
): AsyncGenerator<readonly Row[], void, void> {
  let after: string | undefined;
  for (;;) {
    const data = await client.request(documentOf(operation), { ...variables, first: pageSize, ...(after ? { after } : {}) });
    const { edges, pageInfo } = data[operation.field] as Connection;
    yield edges.map(({ node }) => node);
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return;
    after = pageInfo.endCursor;
  }
}
