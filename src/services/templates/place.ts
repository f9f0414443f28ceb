import type { Id } from '../../domain/entity.js';
import type { KeyTemplate } from '../../domain/template.js';
import type { AuditTarget, Context, Place } from '../operation.js';

export function templateTarget({ id, name, vaultId }: Pick<KeyTemplate, 'id' | 'name' | 'vaultId'>): AuditTarget {
  return { kind: 'key-template', id, name, vaultId };
}

/** A key template by id, or by its name in a vault; retired ones are hidden. */
export async function templatePlace(
  { estate }: Pick<Context, 'estate'>,
  input: { readonly id?: Id | undefined; readonly vaultId?: Id | undefined; readonly name?: string | undefined },
): Promise<Place<KeyTemplate> | undefined> {
  const { read } = estate.store;
  const byName = { vaultId: { eq: input.vaultId ?? '' }, name: { eq: input.name ?? '' }, state: { ne: 'RETIRED' } };
  const template = input.id === undefined ? (await read.find('keyTemplate', byName, 1))[0] : await read.get('keyTemplate', input.id);
  if (!template || template.state === 'RETIRED') return undefined;
  return {
    subject: template,
    scope: { vaultId: template.vaultId },
    target: templateTarget(template),
    revision: template.revision,
  };
}
