import { appendLeaf, emptyFrontier, type Frontier, type NodeLookup } from '../../src/domain/audit-log.js';

/** A log in memory: its frontier, and the complete subtrees that appending gave. */
export function logOf(leaves: readonly Uint8Array[]): { readonly frontier: Frontier; readonly lookup: NodeLookup } {
  const nodes = new Map<string, Uint8Array>();
  let frontier = emptyFrontier;
  for (const leaf of leaves) {
    const appended = appendLeaf(frontier, leaf);
    frontier = appended.frontier;
    for (const { level, position, hash } of appended.completed) nodes.set(`${level}/${position}`, hash);
  }
  return { frontier, lookup: async (level, position) => nodes.get(`${level}/${position}`) };
}
