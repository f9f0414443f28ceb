/** Every noun of the command line, once. */
import type { Noun } from '../verb.js';
import { audit } from './audit.js';
import { backup } from './backup.js';
import { hsm } from './hsm.js';
import { apiKey, principal, role, roleBinding } from './iam.js';
import { key } from './key.js';
import { keystore, keystoreType } from './keystore.js';
import { template } from './template.js';
import { vault } from './vault.js';

export const nouns: readonly Noun[] = [
  vault,
  keystore,
  keystoreType,
  template,
  key,
  principal,
  apiKey,
  role,
  roleBinding,
  audit,
  backup,
  hsm,
];
