/** The composition root: the only file that knows every part. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreNotes } from './backup/restore-marker.js';
import { type Config, StartFailure } from './config.js';
import { timeOrderedId } from './domain/time-ordered-id.js';
import { startFaces } from './faces/index.js';
import { unitsHsm } from './hsm/units/units-hsm.js';
import { keystoreDrivers, keystoreTypes } from './keystores/index.js';
import { auditSinks } from './server/audit-sinks.js';
import { type DataFolder, keyedHash, openDataFolder, writeSecretFile } from './server/data-folder.js';
import { listenerCertificates } from './server/listener-certificate.js';
import { logTo } from './server/logging.js';
import { deviceKey, faceSettings, policyOf, tokenOf } from './server/parts-settings.js';
import { startFailure } from './server/start-failure.js';
import { auditDelivery, type RunningDelivery } from './services/audit/delivery/audit-delivery.js';
import type { Estate, Log } from './services/estate.js';
import { expiryWatch } from './services/expiry/watch.js';
import { checkContinuity } from './services/hsm/continuity.js';
import { type GuardedHsm, guardedHsm } from './services/hsm/guarded-hsm.js';
import { memoryKeeper } from './services/hsm/memory-keeper.js';
import { createFirstAdministrator, resetAdministrator } from './services/iam/first-administrator.js';
import { ensureInstanceId } from './services/instance/instance-id.js';
import { keyManagement } from './services/kms/key-management.js';
import { type Measurements, measurements } from './services/metrics/measurements.js';
import { storeMeasured } from './services/metrics/store-measured.js';
import { reconciler } from './services/reconciler/reconciler.js';
import { scheduler } from './services/schedule.js';
import { realTimers } from './services/timers.js';
import type { Store } from './store/contract.js';
import { typeormStore } from './store/typeorm/typeorm-store.js';

export interface RunningServer {
  /** Base URL clients take as KYOK_ENDPOINT. */
  readonly endpoint: string;
  /** Opens GraphiQL signed in; development on a loopback address only. Single use. */
  readonly signInLink?: string;
  /** Where the administrator's API key lies; absent when none was written there. */
  readonly adminKeyFile?: string;
  readonly dataFolder: string;
  /** While the HSM waits for its master key: the keys that its units made to receive it, for the operator to compare. */
  sealedUnits(): Promise<readonly SealedUnit[]>;
  /** Audit sinks open their files anew: a log was rotated. */
  reopenLogs(): Promise<void>;
  /** Ends what is under way, then everything. */
  close(): Promise<void>;
}

export interface SealedUnit {
  readonly unit: number;
  /** SHA-256 of the unit's importer key, lower-case hex; the CLI shows the same before it sends a master key part. */
  readonly importerFingerprint: string;
}

/** Starts everything; resolves when the listener answers. @throws StartFailure that names the setting to look at */
export async function startServer(config: Config): Promise<RunningServer> {
  try {
    return await start(config);
  } catch (error) {
    throw startFailure(error);
  }
}

async function start(config: Config): Promise<RunningServer> {
  const log = logTo(config.KYOK_LOG_LEVEL);
  const isDevelopment = config.KYOK_PROFILE === 'development';
  const { estate, guard, delivery, folder, close } = await openEstate(config, log, { forAdministration: false });
  try {
    // A sealed HSM checks this once it is unsealed, before it uses a key.
    if (!(await estate.hsm.status()).sealed) await guard.verify();
    if (isDevelopment) await introduceAdministrator(estate, folder);
    const keys = reconciler(estate);
    const dates = scheduler(estate);
    const memory = memoryKeeper(estate, { onRolledBack: guard.refuse });
    const expiries = expiryWatch(estate, config.KYOK_EXPIRY_NOTICE_DAYS);
    await delivery.start();
    const faces = await startFaces(estate, faceSettings(config), log);
    keys.start();
    dates.start();
    memory.start();
    expiries.start();
    return {
      endpoint: faces.endpoint,
      ...(faces.signInLink ? { signInLink: faces.signInLink } : {}),
      ...(existsSync(folder.adminKeyFile) ? { adminKeyFile: folder.adminKeyFile } : {}),
      dataFolder: folder.path,
      sealedUnits: () => sealedUnits(estate),
      reopenLogs: () => delivery.reopen(),
      close: async () => {
        await stopAll([() => faces.stop(), () => expiries.stop(), () => dates.stop(), () => keys.stop(), () => memory.stop(), close], log);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function sealedUnits({ hsm }: Estate): Promise<SealedUnit[]> {
  if (!(await hsm.status()).sealed) return [];
  const importers = await hsm.masterKey.importers();
  return importers.map(({ unit, publicKey }) => ({ unit, importerFingerprint: createHash('sha256').update(publicKey).digest('hex') }));
}

/**
 * A new API key for the administrator, written to `admin.key` in the data folder. The server must not be running: the data
 * folder is opened under an exclusive lock.
 */
export async function resetAdministratorKey(config: Config): Promise<{ readonly adminKeyFile: string }> {
  const log = logTo('warn');
  refuseEmptyFolder(config);
  const { estate, folder, close } = await openEstate(config, log, { forAdministration: true }).catch((error: unknown) => {
    throw startFailure(error);
  });
  try {
    const { token } = await resetAdministrator(estate);
    writeSecretFile(folder.adminKeyFile, token);
    return { adminKeyFile: folder.adminKeyFile };
  } finally {
    await close();
  }
}

/** In development, where a server makes its first administrator itself, an empty folder is the wrong one. */
function refuseEmptyFolder(config: Config): void {
  const folder = config.KYOK_DATA_DIR;
  if (config.KYOK_PROFILE === 'production' || config.KYOK_DATABASE_URL || existsSync(folder)) return;
  throw new StartFailure(`There is no data folder ${folder}: name the server's own with KYOK_DATA_DIR`);
}

interface OpenEstate {
  readonly estate: Estate;
  readonly guard: GuardedHsm;
  readonly delivery: RunningDelivery;
  readonly folder: DataFolder;
  close(): Promise<void>;
}

async function openEstate(config: Config, log: Log, { forAdministration }: { readonly forAdministration: boolean }): Promise<OpenEstate> {
  const folder = openDataFolder(config.KYOK_DATA_DIR);
  const measured = measurements();
  const store = await openStore(config, folder, log, measured);
  try {
    await refuseLostHsmState(store, folder);
    const hash = keyedHash(folder, forAdministration || (await store.read.count('apiKey', {})) === 0);
    const units = await unitsHsm({
      dataDir: folder.path,
      units: config.KYOK_HSM_UNITS,
      deviceKey: deviceKey(config),
      token: tokenOf(config),
      autoInitialise: config.KYOK_PROFILE === 'development' && !forAdministration,
      log,
      ...(config.KYOK_PROFILE === 'production' ? { deviceKeyNotOnVolumeOf: folder.path } : {}),
    });
    const guard = guardedHsm(units, () => checkContinuity({ ...estate, hsm: units }, restoreNotes(folder.path)), log);
    const foundation = {
      store,
      hsm: guard.hsm,
      log,
      now: () => new Date().toISOString(),
      timers: realTimers,
      newId: () => timeOrderedId(Date.now(), randomUUID()),
    };
    const version = packageVersion();
    const sinks = forAdministration ? [] : auditSinks(config, version);
    const delivery = auditDelivery(foundation, { sinks, required: forAdministration ? [] : config.KYOK_AUDIT_REQUIRED_SINKS });
    const estate: Estate = {
      ...foundation,
      measurements: measured,
      delivery,
      listenerCertificate: listenerCertificates(config.KYOK_TLS_CERT_FILE),
      instanceId: await ensureInstanceId(foundation),
      version,
      profile: config.KYOK_PROFILE,
      keystoreTypes: keystoreTypes(keystoreDrivers({ keyManagement: keyManagement(foundation) })),
      policy: policyOf(config),
      ...(await backupsOf(config, folder)),
      keyedHash: hash,
    };
    return {
      estate,
      guard,
      delivery,
      folder,
      close: () => stopAll([() => delivery.stop(), () => units.close(), () => store.close()], log),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openStore(config: Config, folder: DataFolder, log: Log, measured: Measurements): Promise<Store> {
  const observer = storeMeasured(measured);
  const told = { log: (message: string, cause: unknown) => log.error({ err: cause }, message), observer };
  const url = config.KYOK_DATABASE_URL;
  return await typeormStore(url ? { type: 'postgres', url, ...told } : { type: 'sqlite', file: folder.databaseFile, ...told });
}

/** A new master key in place of a lost one would leave every key blob shut for ever. */
async function refuseLostHsmState(store: Store, { sealedStateFile }: DataFolder): Promise<void> {
  if (existsSync(sealedStateFile) || (await store.read.count('keyBlob', {})) === 0) return;
  throw new StartFailure(
    `${sealedStateFile} is missing, and the database holds keys that only that HSM opens: put it back from your backup`,
  );
}

/** Development writes the first administrator's API key where the CLI finds it. */
async function introduceAdministrator(estate: Estate, folder: DataFolder): Promise<void> {
  const first = await createFirstAdministrator(estate);
  if (first) writeSecretFile(folder.adminKeyFile, first.token);
}

/** Loaded where it is wanted only: the encryption of backups takes its time. */
async function backupsOf(config: Config, { path }: DataFolder): Promise<Pick<Estate, 'backups'>> {
  if (!config.KYOK_BACKUP_RECIPIENT) return {};
  const { backupFolder } = await import('./backup/backup-folder.js');
  const folder = config.KYOK_BACKUP_DIR ?? join(path, 'backups');
  return { backups: backupFolder({ folder, recipients: config.KYOK_BACKUP_RECIPIENT, dataFolder: path }) };
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}

/** One after the other; what fails is logged and the rest still stopped. */
async function stopAll(steps: readonly (() => Promise<unknown>)[], log: Log): Promise<void> {
  for (const step of steps) {
    try {
      await step();
    } catch (err) {
      log.error({ err }, 'stopping failed');
    }
  }
}
