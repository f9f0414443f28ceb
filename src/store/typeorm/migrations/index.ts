/** Every migration in order. Append only: a migration that was released is never changed. */
import { Estate1795000000001 } from './0001-estate.js';
import { Audit1795000000002 } from './0002-audit.js';

export const migrations = [Estate1795000000001, Audit1795000000002];
