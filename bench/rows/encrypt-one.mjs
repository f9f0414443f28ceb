import { randomBytes } from 'node:crypto';
import { makeEstate, makeKey } from '../client.mjs';
import { median, medianRatio, rate, rounds } from '../figures.mjs';
import { measured, withLoad } from '../load/load.mjs';
import { withFolder, withServer } from '../server.mjs';

const clients = 32;
const query = 'mutation ($input: EncryptInput!) { encrypt(input: $input) { items { ciphertext error { code } } } }';

/** `encrypt` with one item at 32 clients, against the least that the same server does for a request. */
export const encryptOne = {
  name: 'encrypt-one',
  measure: () =>
    withFolder((folder) =>
      withServer(folder, (server) =>
        withLoad(async (run) => {
          const keyId = await makeKey(server, await makeEstate(server), 'encrypting');
          const variables = { input: { keyId, items: [{ plaintext: randomBytes(64).toString('base64') }] } };
          const encryptJob = { query, variables, clients };
          const bareJob = { query: '{ __typename }', variables: {}, clients };
          for (const job of [encryptJob, bareJob]) await run({ ...server, ...job, seconds: 2 });
          const { served, bare } = await rounds(5, {
            served: () => measured(server, run, { ...encryptJob, seconds: 3 }),
            bare: () => measured(server, run, { ...bareJob, seconds: 2 }),
          });
          const perCpuSecond = ({ requests, cpuSeconds }) => requests / cpuSeconds;
          const perSecond = ({ requests, seconds }) => requests / seconds;
          const ratio = medianRatio(served.map(perCpuSecond), bare.map(perCpuSecond));
          const wallRatio = medianRatio(served.map(perSecond), bare.map(perSecond));
          return [
            {
              name: 'encrypt-one',
              what: '`encrypt` with 1 item at 32 clients, requests per CPU-second of all processes, against `{ __typename }`',
              figure: `${ratio.toFixed(2)} x`,
              target: 'at least 0.3 x (aim 0.5)',
              met: ratio >= 0.3,
              beside: `${rate(median(served.map(perCpuSecond)))} against ${rate(median(bare.map(perCpuSecond)))} per CPU-second; ${rate(median(served.map(perSecond)))} against ${rate(median(bare.map(perSecond)))} per second (${wallRatio.toFixed(2)} x); p50 ${median(served.map(({ p50 }) => p50)).toFixed(1)} ms, p99 ${median(served.map(({ p99 }) => p99)).toFixed(1)} ms`,
            },
          ];
        }),
      ),
    ),
};
