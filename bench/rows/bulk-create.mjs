import { ask, createKeyMutation, makeEstate } from '../client.mjs';
import { rate } from '../figures.mjs';
import { measured, withLoad } from '../load/load.mjs';
import { withFolder, withServer } from '../server.mjs';

const keys = 2_000;
const inFlight = 64;
const moved = 1_000;
const listKeys = 'query ($after: String) { managedKeys(first: 500, after: $after) { edges { node { id } } pageInfo { endCursor } } }';
const deactivate = 'mutation ($items: [ManagedKeyItem!]!) { deactivateManagedKey(items: $items) { error { code } } }';

/** 2,000 keys for one client, and 1,000 of them moved in one request. */
export const bulkCreate = {
  name: 'bulk-create',
  measure: () =>
    withFolder((folder) =>
      withServer(folder, (server) =>
        withLoad(async (run) => {
          const { vaultId, templateId } = await makeEstate(server);
          const job = { query: createKeyMutation, variables: { input: { vaultId, templateId, label: 'key-$N' } }, clients: inFlight };
          await run({ ...server, ...job, requests: 500 });
          const { requests, seconds, cpuSeconds } = await measured(server, run, { ...job, requests: keys });
          return [createLine({ requests, seconds, cpuSeconds }), moveLine(await move(server))];
        }),
      ),
    ),
};

function createLine({ requests, seconds, cpuSeconds }) {
  const perCpuSecond = requests / cpuSeconds;
  return {
    name: 'bulk-create',
    what: '2,000 managed keys made by one client, keys per CPU-second of all processes, durable',
    figure: `${rate(perCpuSecond)} a core`,
    target: 'aim 2,000 a core',
    met: perCpuSecond >= 2_000,
    beside: `${rate(requests / seconds)} keys/s; ${inFlight} requests under way at a time; with the reconciler's work`,
  };
}

async function move(server) {
  const items = [];
  for (let after = null; items.length < moved; ) {
    const { managedKeys } = await ask(server, listKeys, { after });
    items.push(...managedKeys.edges.map(({ node: { id } }) => ({ id })));
    after = managedKeys.pageInfo.endCursor;
  }
  const before = server.cpuSeconds();
  const began = performance.now();
  const { deactivateManagedKey: results } = await ask(server, deactivate, { items });
  const failed = results.filter(({ error }) => error !== null).length;
  if (failed > 0) throw new Error(`${failed} keys could not be deactivated`);
  return { seconds: (performance.now() - began) / 1000, cpuSeconds: server.cpuSeconds() - before };
}

function moveLine({ seconds, cpuSeconds }) {
  return {
    name: 'bulk-move',
    what: '1,000 keys deactivated in one request',
    figure: `${seconds.toFixed(1)} s`,
    target: '-',
    met: null,
    beside: `${rate(moved / cpuSeconds)} keys per CPU-second of all processes, with the reconciler's work`,
  };
}
