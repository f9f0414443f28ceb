import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { use } from '../operation.js';
import { maxCallBytes, maxItemBytes } from './items.js';

/** Random bytes from the HSM. */
export const generateRandom = use({
  name: 'generateRandom',
  action: 'random.generate',
  input: z.strictObject({ length: z.int().min(1).max(maxItemBytes), count: z.int().min(1).default(1) }),
  place: async () => ({ subject: null, scope: { anywhere: true }, target: { kind: 'hsm', id: null, name: null, vaultId: null } }),
  use: async ({ estate }, { length, count }) => {
    if (count > estate.policy.maxItems || count * length > maxCallBytes) {
      throw new EstateError('TOO_LARGE', { maxItems: estate.policy.maxItems, maxItemBytes, maxCallBytes });
    }
    const random = await estate.hsm.generateRandom(length * count);
    const items = Array.from({ length: count }, (_, index) => random.slice(index * length, (index + 1) * length));
    return { output: { items }, count, details: { length } };
  },
});
