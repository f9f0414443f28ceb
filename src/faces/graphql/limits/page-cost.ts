import type { ComplexityEstimatorArgs } from 'graphql-query-complexity';

/** Cost of a connection field: what one node costs, as many times as the page may hold. */
export function pageCost({ args, childComplexity }: Pick<ComplexityEstimatorArgs, 'args' | 'childComplexity'>): number {
  const { first, last } = args as { readonly first?: number | null; readonly last?: number | null };
  return 1 + Math.max(1, first ?? last ?? 20) * childComplexity;
}

/** Cost of a list inside an entity: most hold a handful. */
export function listCost({ childComplexity }: Pick<ComplexityEstimatorArgs, 'childComplexity'>): number {
  return 2 + 5 * childComplexity;
}

/** Cost of a call that does something for each of its items. */
export function itemsCost({ args, childComplexity }: Pick<ComplexityEstimatorArgs, 'args' | 'childComplexity'>): number {
  const { items, input } = args as { readonly items?: unknown; readonly input?: { readonly items?: unknown } };
  const list = items ?? input?.items;
  return 10 + (Array.isArray(list) ? list.length : 1) * childComplexity;
}
