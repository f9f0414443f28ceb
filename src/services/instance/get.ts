import { z } from 'zod';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';

/** What this server is. */
export interface Instance {
  readonly id: string;
  readonly version: string;
  readonly profile: 'development' | 'production';
  /** Whether the HSM waits for its master key. */
  readonly sealed: boolean;
  /** What this server can do, by name; clients ask before they rely on it. */
  readonly features: readonly string[];
}

const features = ['vaults', 'keystores', 'key-templates', 'managed-keys', 'key-import', 'crypto', 'iam', 'audit', 'subscriptions'] as const;

/** The instance, for everybody who has any right on it. */
export const instance = read({
  name: 'instance',
  action: 'instance.read',
  input: z.strictObject({}),
  place: everywhere('instance'),
  read: async ({ estate }): Promise<Instance> => {
    const { sealed } = await estate.hsm.status();
    const { instanceId, version, profile } = estate;
    return {
      id: instanceId,
      version,
      profile,
      sealed,
      features: [...features, ...estate.keystoreTypes.descriptors.map(({ type }) => `keystore-type:${type}`)],
    };
  },
});
