import type { JsonObject } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { ApiKey, Principal } from '../../domain/principal.js';
import type { Writer } from '../../store/contract.js';
import { fullAccess } from '../access.js';
import { auditEvent } from '../audit-event.js';
import { systemCall } from '../call.js';
import type { Estate } from '../estate.js';
import type { Context } from '../operation.js';
import { changed, made } from '../tracked.js';
import { administratorBindings, administratorRole } from './administrators.js';
import { iamTarget } from './place.js';
import { newSecret } from './secret.js';
import { tokenOf } from './token.js';

export interface Administrator {
  readonly principal: Principal;
  readonly apiKey: ApiKey;
  /** The bearer token: shown here, and never again. */
  readonly token: string;
}

const administratorName = 'admin';

/** The first administrator of a new instance, with an API key; `undefined` when there is one already. */
export async function createFirstAdministrator(estate: Estate): Promise<Administrator | undefined> {
  return await setUp(estate, 'iam.create-first-administrator', async (tx, context) => {
    if ((await administratorBindings(tx)).length > 0) return undefined;
    return await administratorWithKey(tx, context);
  });
}

/**
 * A new API key for the administrator called `admin`, who is made where absent; the older keys of that administrator
 * are revoked. For whoever has the server's own machine; nobody is asked for rights.
 */
export async function resetAdministrator(estate: Estate): Promise<Administrator> {
  const administrator = await setUp(estate, 'iam.reset-administrator', administratorWithKey);
  if (!administrator) throw new EstateError('INTERNAL');
  return administrator;
}

async function setUp(
  estate: Estate,
  action: string,
  work: (tx: Writer, context: Context) => Promise<Administrator | undefined>,
): Promise<Administrator | undefined> {
  const call = systemCall('setup', estate.newId());
  const context: Context = { estate, call, access: fullAccess, now: estate.now() };
  return await estate.store.write(async (tx) => {
    const administrator = await work(tx, context);
    if (!administrator) return undefined;
    const { principal, apiKey } = administrator;
    const details: JsonObject = { apiKeyId: apiKey.id };
    await tx.appendAudit(auditEvent(context, { action }, { target: iamTarget('principal', principal.id, principal.name), details }));
    return administrator;
  });
}

async function administratorWithKey(tx: Writer, context: Context): Promise<Administrator> {
  const [existing] = await tx.find('principal', { name: { eq: administratorName } }, 1);
  const principal: Principal = existing ?? { ...made(context), kind: 'USER', name: administratorName, description: 'First administrator' };
  if (!existing) await tx.insert('principal', principal);
  const bindings = await administratorBindings(tx);
  if (!bindings.some(({ principalId }) => principalId === principal.id)) {
    const scope = { kind: 'INSTANCE', id: null } as const;
    await tx.insert('roleBinding', { ...made(context), principalId: principal.id, roleId: administratorRole, scope });
  }
  for (const older of await tx.find('apiKey', { principalId: { eq: principal.id }, revokedAt: { eq: null } })) {
    await tx.update('apiKey', changed(context, older, { revokedAt: context.now }));
  }
  const secret = newSecret();
  const secretHash = context.estate.keyedHash(secret);
  const apiKey: ApiKey = { ...made(context), principalId: principal.id, name: 'admin', secretHash, expiresAt: null, revokedAt: null };
  await tx.insert('apiKey', apiKey);
  return { principal, apiKey, token: tokenOf(secret) };
}
