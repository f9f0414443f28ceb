/** AES-256-GCM of 64 bytes with a random nonce, by node:crypto in one thread. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { tell } from './limit.mjs';

const seconds = Number(process.argv[2]);
const key = randomBytes(32);
const plaintext = randomBytes(64);

function encrypt() {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return [nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
}

for (let warm = 0; warm < 20_000; warm += 1) encrypt();
await tell(async () => {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  while (performance.now() < end) {
    for (let more = 0; more < 100; more += 1) encrypt();
    count += 100;
  }
  return count;
});
