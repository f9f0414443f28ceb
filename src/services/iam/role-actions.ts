import { z } from 'zod';
import { actions } from '../../domain/permissions.js';

/** Actions of a custom role: known ones, each once. */
export const roleActions = z
  .array(z.enum(actions))
  .min(1)
  .max(actions.length)
  .refine((names) => new Set(names).size === names.length, { error: 'must be different' });
