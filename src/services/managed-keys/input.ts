import { z } from 'zod';
import { id, revision } from '../rules.js';

/** What a lifecycle operation takes: the key, and the revision the caller saw (without it the present one is meant). */
export const keyAndRevision = z.strictObject({ id, revision: revision.optional() });
