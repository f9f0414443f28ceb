import { join } from 'node:path';
import { ask, makeEstate } from '../client.mjs';
import { median } from '../figures.mjs';
import { seedKeys } from '../seed.mjs';
import { withFolder, withServer } from '../server.mjs';

const keys = 100_000;
const depth = 90_000;
const pageSize = 100;
const step = 500;
const pagesTimed = 40;
const page = `query ($after: String) { managedKeys(first: ${pageSize}, after: $after, sort: [{ field: LABEL }])
  { edges { node { id label state } } pageInfo { endCursor } } }`;
const leap = `query ($after: String) { managedKeys(first: ${step}, after: $after, sort: [{ field: LABEL }]) { pageInfo { endCursor } } }`;

/** An estate of 100,000 keys: its start, its memory, and a page deep in it. */
export const largeEstate = {
  name: 'large-estate',
  measure: () =>
    withFolder(async (folder) => {
      const { vaultId, templateId } = await withServer(folder, makeEstate);
      await seedKeys(join(folder, 'kyok.db'), { vaultId, templateId, keys });
      return await withServer(folder, async (server) => {
        const resident = server.residentMebibytes();
        const startCpuSeconds = server.cpuSeconds();
        const cursor = await cursorAt(server, depth);
        const { first, deep } = await timed(server, cursor);
        return [pageLine(first, deep), ...startLines(server, { resident, startCpuSeconds })];
      });
    }),
};

async function cursorAt(server, wanted) {
  let after = null;
  for (let passed = 0; passed < wanted; passed += step) after = (await ask(server, leap, { after })).managedKeys.pageInfo.endCursor;
  return after;
}

async function timed(server, cursor) {
  const times = { first: [], deep: [] };
  for (let round = -5; round < pagesTimed; round += 1) {
    for (const [name, after] of round % 2 === 0
      ? [
          ['first', null],
          ['deep', cursor],
        ]
      : [
          ['deep', cursor],
          ['first', null],
        ]) {
      const began = performance.now();
      const { managedKeys } = await ask(server, page, { after });
      if (managedKeys.edges.length !== pageSize) throw new Error('the page is not full');
      if (round >= 0) times[name].push(performance.now() - began);
    }
  }
  return times;
}

function pageLine(first, deep) {
  const ratio = median(deep) / median(first);
  return {
    name: 'deep-page',
    what: 'page of 100 managed keys at depth 90,000 of 100,000, against the first page',
    figure: `${ratio.toFixed(2)} x`,
    target: 'at most 1.5 x',
    met: ratio <= 1.5,
    beside: `p50 ${median(deep).toFixed(1)} ms against ${median(first).toFixed(1)} ms, one client, sorted by label`,
  };
}

function startLines({ startedInSeconds, residentMebibytes }, { resident, startCpuSeconds }) {
  const busy = residentMebibytes();
  return [
    {
      name: 'start',
      what: 'start to ready with 100,000 keys present',
      figure: `${startedInSeconds.toFixed(2)} s`,
      target: 'at most 2 s',
      met: startedInSeconds <= 2,
      beside: `${startCpuSeconds.toFixed(2)} CPU-seconds of all processes`,
    },
    {
      name: 'memory',
      what: 'resident memory of all processes (server and crypto unit)',
      figure: `${resident.toFixed(0)} MiB`,
      target: 'at most 350 MiB',
      met: resident <= 350,
      beside: `${busy.toFixed(0)} MiB after the pages above`,
    },
  ];
}
