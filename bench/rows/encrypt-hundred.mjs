import { randomBytes } from 'node:crypto';
import { ask, makeEstate, makeKey } from '../client.mjs';
import { median, medianRatio, rate, rounds } from '../figures.mjs';
import { limit } from '../limits/limit.mjs';
import { measured, withLoad } from '../load/load.mjs';
import { withFolder, withServer } from '../server.mjs';

const clients = 4;
const itemsPerRequest = 100;
const query = 'mutation ($input: EncryptInput!) { encrypt(input: $input) { items { ciphertext error { code } } } }';

/** `encrypt` with 100 items of 64 bytes. */
export const encryptHundred = {
  name: 'encrypt-hundred',
  measure: () =>
    withFolder((folder) =>
      withServer(folder, (server) =>
        withLoad(async (run) => {
          const keyId = await makeKey(server, await makeEstate(server), 'encrypting');
          const items = Array.from({ length: itemsPerRequest }, () => ({ plaintext: randomBytes(64).toString('base64') }));
          const { encrypt } = await ask(server, query, { input: { keyId, items } });
          if (encrypt.items.some(({ error }) => error !== null)) throw new Error('an item failed');
          const job = { query, variables: { input: { keyId, items } }, clients };
          await run({ ...server, ...job, seconds: 2 });
          const { served, bare } = await rounds(5, {
            served: () => measured(server, run, { ...job, seconds: 2.5 }),
            bare: () => limit('aes-gcm', ['1']),
          });
          const perSecond = served.map(({ requests, seconds }) => (requests * itemsPerRequest) / seconds);
          const perCpuSecond = served.map(({ requests, cpuSeconds }) => (requests * itemsPerRequest) / cpuSeconds);
          const limits = bare.map(({ count, seconds }) => count / seconds);
          const ratio = medianRatio(perSecond, limits);
          const cpuRatio = medianRatio(
            perCpuSecond,
            bare.map(({ count, cpuSeconds }) => count / cpuSeconds),
          );
          return [
            {
              name: 'encrypt-hundred',
              what: '`encrypt` with 100 items of 64 bytes, against node:crypto AES-256-GCM with random nonce in one thread',
              figure: `${ratio.toFixed(2)} x`,
              target: 'at least 0.4 x',
              met: ratio >= 0.4,
              beside: `${rate(median(perSecond))} items/s against ${rate(median(limits))}; ${rate(median(perCpuSecond))} items per CPU-second of all processes (${cpuRatio.toFixed(2)} x)`,
            },
          ];
        }),
      ),
    ),
};
