/** From the settings to what each part of the server is told of them. */
import { resolve } from 'node:path';
import type { Config } from '../config.js';
import { gcmEncryptionLimit } from '../domain/encryption-limit.js';
import type { FaceSettings } from '../faces/contract.js';
import type { UnitsDeviceKey, UnitsToken } from '../hsm/units/units-hsm.js';
import type { Policy } from '../services/estate.js';

/** What every face is told. */
export function faceSettings(config: Config): FaceSettings {
  const { KYOK_TLS_CERT_FILE: certFile, KYOK_TLS_KEY_FILE: keyFile } = config;
  const { KYOK_TLS_CLIENT_CA_FILE: clientCaFile, KYOK_TLS_CLIENT_CRL_FILE: clientCrlFile } = config;
  return {
    profile: config.KYOK_PROFILE,
    listen: config.KYOK_LISTEN,
    corsOrigins: config.KYOK_CORS_ORIGINS,
    introspection: config.KYOK_INTROSPECTION,
    ...(certFile && keyFile ? { tls: { certFile, keyFile, clientCaFile, clientCrlFile } } : {}),
  };
}

/** Where the device key comes from; `null` where none is configured. */
export function deviceKey(config: Config): UnitsDeviceKey | null {
  if (config.KYOK_HSM_DEVICE_KEY_FILE) return { file: config.KYOK_HSM_DEVICE_KEY_FILE };
  return config.KYOK_HSM_DEVICE_KEY_COMMAND ? { command: config.KYOK_HSM_DEVICE_KEY_COMMAND } : null;
}

/** The PKCS#11 token in place of the soft HSM, with the variables of the environment that its module may see; `null` without one. */
export function tokenOf(config: Config): UnitsToken | null {
  const { KYOK_HSM_PKCS11_MODULE: module, KYOK_HSM_PKCS11_TOKEN: label, KYOK_HSM_PKCS11_PIN_FILE: pinFile } = config;
  if (config.KYOK_HSM !== 'pkcs11' || !module || !label || !pinFile) return null;
  const given = config.KYOK_HSM_PKCS11_VARIABLES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { module: resolve(module), label, pinFile, environment: Object.fromEntries(given) as Record<string, string> };
}

/** Waits and limits of the estate. */
export function policyOf(config: Config): Policy {
  return {
    destroyWaitSeconds: config.KYOK_DESTROY_WAIT_SECONDS,
    rotationWaitSeconds: config.KYOK_ROTATION_WAIT_SECONDS,
    pendingDestructionSeconds: config.KYOK_PENDING_DESTRUCTION_SECONDS,
    rotateDeactivated: config.KYOK_ROTATE_DEACTIVATED,
    useCompromised: config.KYOK_USE_COMPROMISED,
    encryptionLimit: gcmEncryptionLimit,
    importKeySeconds: config.KYOK_IMPORT_KEY_SECONDS,
    maxItems: config.KYOK_MAX_ITEMS,
  };
}
