import type { Check } from './check.js';
import { clock } from './clock.js';
import { dataFolder, diskSpace } from './data-folder.js';
import { database } from './database.js';
import { listener } from './listener.js';
import { pkcs11, sqlite } from './native-modules.js';
import { nodeVersion } from './node-version.js';
import { settings } from './settings.js';

/** Every check, in the order in which a person mends things. */
export const checks: readonly Check[] = [nodeVersion, sqlite, pkcs11, settings, dataFolder, diskSpace, database, listener, clock];
