/** S6 over the wire: of a hundred callers that move one key at the same time exactly one does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../histories/random.js';
import { client } from '../kill/client.js';
import { sqliteIn } from '../kill/database.js';
import type { KeyAnswer } from '../kill/estate.js';
import { furnish, type Life, newLife } from '../kill/life.js';
import { dataDisk } from '../kill/small-disk.js';

const callers = 100;
const fields = 'id revision state version destroyAt';

describe('S6: 100 parallel moves of one key on the real server', () => {
  let life: Life;
  beforeAll(async () => {
    const disk = dataDisk(false);
    life = newLife({ disk, database: sqliteIn(disk.folder), postgres: null, clock: null }, 'parallel');
    await life.start();
    await furnish(life, random(1));
  });
  afterAll(async () => {
    await life?.end();
  });

  async function newKey(label: string): Promise<KeyAnswer> {
    const own = client(life.server().endpoint, life.apiKey());
    const [template] = life.known.templates;
    const input = { vaultId: template?.vaultId, templateId: template?.id, label };
    const document = `mutation ($input: CreateManagedKeyInput!) { r: createManagedKey(input: $input) { ${fields} } }`;
    const answer = await own.send(life.newRequestId(), document, { input });
    own.close();
    if (answer.outcome !== 'OK') throw new Error(JSON.stringify(answer));
    return answer.data['r'] as KeyAnswer;
  }

  /** Every caller has a connection of its own; answers how often each outcome came. */
  async function moveAtOnce(name: string, item: object): Promise<ReadonlyMap<string, number>> {
    const document = `mutation ($items: [ManagedKeyItem!]!) { r: ${name}(items: $items) { error { code } managedKey { ${fields} } } }`;
    const outcomes = new Map<string, number>();
    const move = async () => {
      const own = client(life.server().endpoint, life.apiKey());
      const answer = await own.send(life.newRequestId(), document, { items: [item] });
      own.close();
      const [result] = answer.outcome === 'OK' ? (answer.data['r'] as [{ error: { code: string } | null }]) : [null];
      const outcome = result ? (result.error?.code ?? 'DONE') : JSON.stringify(answer);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    await Promise.all(Array.from({ length: callers }, move));
    return outcomes;
  }

  const eventsOf = async (keyId: string, action: string) =>
    await life.database.read(async ({ rows }) => {
      const events = await rows(`SELECT outcome FROM audit_event WHERE target_id = '${keyId}' AND action = '${action}'`);
      return events.map(({ outcome }) => outcome);
    });

  it('with a revision one wins and the others are stale', async () => {
    const { id, revision } = await newKey('with-revision');
    expect(await moveAtOnce('deactivateManagedKey', { id, revision })).toEqual(
      new Map([
        ['DONE', 1],
        ['STALE_VERSION', callers - 1],
      ]),
    );
    const outcomes = await eventsOf(id, 'managed-key.deactivate');
    expect(outcomes).toHaveLength(callers);
    expect(outcomes.filter((outcome) => outcome === 'SUCCESS')).toHaveLength(1);
  });

  it('without one the others find the state changed', async () => {
    const { id } = await newKey('without-revision');
    expect(await moveAtOnce('deactivateManagedKey', { id })).toEqual(
      new Map([
        ['DONE', 1],
        ['KEY_STATE_FORBIDS', callers - 1],
      ]),
    );
  });

  it('rotations with one revision make one version', async () => {
    const { id, revision } = await newKey('rotated');
    const outcomes = await moveAtOnce('rotateManagedKey', { id, revision });
    expect(outcomes.get('DONE')).toBe(1);
    expect(outcomes.get('STALE_VERSION')).toBe(callers - 1);
    const versions = await life.database.read(
      async ({ rows }) => await rows(`SELECT version FROM key_version WHERE managed_key_id = '${id}'`),
    );
    expect(versions).toHaveLength(2);
  });
}, 180_000);
