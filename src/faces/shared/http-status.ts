import { reasonCodes } from '../../domain/audit-vocabulary.js';
import type { ErrorKind } from '../../domain/errors.js';

/** HTTP's word for each kind of error. CADF took its reason codes from HTTP, so the audit log's table serves; a code that must differ is overridden here. */
export const httpStatus = { ...reasonCodes } as const satisfies Record<ErrorKind, number>;
