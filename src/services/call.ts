import type { Id } from '../domain/entity.js';
import type { Principal } from '../domain/principal.js';

/** Who asks, through which face: everything an operation knows of its caller. */
export interface Call {
  readonly principal: Pick<Principal, 'id' | 'kind' | 'name'>;
  /** Id of the API key or certificate the caller proved; `null` for the server itself. */
  readonly credentialId: Id | null;
  readonly face: string;
  readonly address: string | null;
  readonly requestId: string;
}

/** The server acting by itself: schedules, the reconciler, the delivery of audit events, the keeper of the HSM's memory. Holds every action; each use of it is audited like any other. */
export function systemCall(face: 'scheduler' | 'reconciler' | 'delivery' | 'memory-keeper' | 'setup', requestId: Id): Call {
  return { principal: { id: `kyok-${face}`, kind: 'SYSTEM', name: face }, credentialId: null, face, address: null, requestId };
}
