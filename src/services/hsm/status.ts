import { z } from 'zod';
import { onInstance } from '../everywhere.js';
import { read } from '../operation.js';

/** Units, master key registers and capabilities of the HSM; it answers while sealed. */
export const hsm = read({
  name: 'hsm',
  action: 'hsm.read',
  input: z.strictObject({}),
  place: onInstance('hsm'),
  read: async ({ estate }) => ({ ...(await estate.hsm.status()), capabilities: estate.hsm.capabilities }),
});

/** The public keys of the units to which an operator encrypts master key parts. */
export const hsmImporters = read({
  name: 'hsmImporters',
  action: 'hsm.read-importers',
  input: z.strictObject({}),
  place: onInstance('hsm'),
  read: async ({ estate }) => await estate.hsm.masterKey.importers(),
});
