/** How much of the HSM's memory the database has seen: what tells when the HSM's state alone was put back to an older copy. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { z } from 'zod';
import type { Remembered } from '../../hsm/contract.js';
import type { Reader, Writer } from '../../store/contract.js';
import { type Author, changed, made } from '../tracked.js';

const settingName = 'hsm.memory';
const shape = z.object({ generation: z.int().min(0), digest: z.string() });

/** One state of the memory. */
export type SeenMemory = z.output<typeof shape>;

export function seenOf({ generation, digest }: Pick<Remembered, 'generation' | 'digest'>): SeenMemory {
  return { generation, digest: bytesToHex(digest) };
}

/** The newest state that was seen; `null` in a database that never saw one. */
export async function seenMemory(reader: Reader): Promise<SeenMemory | null> {
  const [setting] = await reader.find('systemSetting', { name: { eq: settingName } }, 1);
  return setting ? shape.parse(JSON.parse(setting.value)) : null;
}

/** Writes down a newer state; with `anyhow` also an older one, which a restore brought. Call it once that state is durable in the HSM. */
export async function recordSeenMemory(
  tx: Writer,
  author: Author,
  memory: Pick<Remembered, 'generation' | 'digest'>,
  { anyhow = false } = {},
): Promise<void> {
  const [setting] = await tx.find('systemSetting', { name: { eq: settingName } }, 1);
  const seen = seenOf(memory);
  const value = JSON.stringify(seen);
  if (!setting) await tx.insert('systemSetting', { ...made(author), name: settingName, value });
  else if (anyhow || shape.parse(JSON.parse(setting.value)).generation < seen.generation)
    await tx.update('systemSetting', changed(author, setting, { value }));
}
