/** Proves from the audit log what happened. */
import { isIncluded, leafOf, openCheckpoint, rootOf } from './audit-proof.mjs';

/** @param {import('./build.mjs').Client} client @param {import('./build.mjs').Report} report @param {import('./build.mjs').Estate} estate */
export async function proveEstate(client, report, estate) {
  const checkpoint = await report.step('audit', 'the signed checkpoint', async () => {
    const { auditCheckpoint } = await client.request('query { auditCheckpoint { note publicKey } }');
    const head = openCheckpoint(auditCheckpoint.note, auditCheckpoint.publicKey);
    return { result: `${head.size} events, signature verified, root ${head.root.toString('hex').slice(0, 12)}…`, value: head };
  });
  await report.step('audit', 'every event against the checkpoint', async () => {
    const leaves = await leavesOf(client, checkpoint.size);
    if (!rootOf(leaves).equals(checkpoint.root)) throw new Error('the events are not the ones that were signed');
    return { result: `${leaves.length} of ${checkpoint.size} events hash to the signed root` };
  });
  await report.step('audit', 'proof of one event: the destruction', async () => {
    const { index, action } = await destructionIn(client, estate, checkpoint);
    return { result: `${action} is event ${index}, proven to be in the log` };
  });
}

/** @param {import('./build.mjs').Client} client @param {number} size */
async function leavesOf(client, size) {
  /** @type {Buffer[]} */
  const leaves = [];
  /** @type {string | null} */
  let after = null;
  while (leaves.length < size) {
    const { auditEvents } = /** @type {any} */ (
      await client.request(
        'query ($after: String) { auditEvents(order: OLDEST_FIRST, first: 500, after: $after) { edges { node { event } } pageInfo { endCursor hasNextPage } } }',
        { after },
      )
    );
    for (const { node } of auditEvents.edges.slice(0, size - leaves.length)) leaves.push(leafOf(node.event));
    if (!auditEvents.pageInfo.hasNextPage) break;
    after = auditEvents.pageInfo.endCursor;
  }
  return leaves;
}

/**
 * @param {import('./build.mjs').Client} client
 * @param {import('./build.mjs').Estate} estate
 * @param {{ size: number, root: Buffer }} checkpoint
 */
async function destructionIn(client, estate, { size, root }) {
  const { auditEvents } = await client.request(
    'query ($targetId: ID!) { auditEvents(filter: { action: "managed-key.destroy", outcome: SUCCESS, targetId: $targetId }, first: 1) { edges { node { index action event } } } }',
    { targetId: estate.keys.get('migration_2026')?.id },
  );
  const [{ node }] = auditEvents.edges;
  const { auditInclusionProof } = await client.request(
    'query ($index: Float!, $size: Float!) { auditInclusionProof(index: $index, size: $size) { proof } }',
    { index: node.index, size },
  );
  const proof = auditInclusionProof.proof.map((/** @type {string} */ hash) => Buffer.from(hash, 'base64'));
  if (!isIncluded({ leaf: leafOf(node.event), index: node.index, size, proof, root }))
    throw new Error('the event is not in the signed log');
  return node;
}
