import { loadConfig, StartFailure } from '../config.js';
import { resetAdministratorKey } from '../main.js';
import { usageFailure } from './failure.js';

/** A new key for the administrator, in `admin.key` of the data folder; refused while a server runs on that folder. */
export async function resetAdministrator(): Promise<{ readonly adminKeyFile: string }> {
  try {
    return await resetAdministratorKey(loadConfig(process.env));
  } catch (error) {
    throw error instanceof StartFailure ? usageFailure(error.message) : error;
  }
}
