import { principalIdRule } from '../../domain/entity.js';
import { text } from '../rules.js';

/** Id of a principal: ours, or one that came with an imported estate. */
export const principalId = text(principalIdRule);
