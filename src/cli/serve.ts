import { type Config, loadConfig, StartFailure } from '../config.js';
import { type RunningServer, type SealedUnit, startServer } from '../main.js';
import { usageFailure } from './failure.js';
import { fingerprintText } from './fingerprint.js';

/** Runs the server until it is told to stop; a second signal stops at once. */
export async function serve(): Promise<void> {
  const { server, config } = await started();
  // A log rotation's signal; without a listener it would end the server.
  process.on('SIGHUP', () => void server.reopenLogs());
  process.stdout.write(await readyText(server, config.KYOK_PROFILE === 'development'));
  await stopSignal();
  process.stderr.write('kyok: stopping; what is under way is finished first\n');
  await server.close();
}

async function started(): Promise<{ readonly server: RunningServer; readonly config: Config }> {
  try {
    const config = loadConfig(process.env);
    return { config, server: await startServer(config) };
  } catch (error) {
    throw error instanceof StartFailure ? usageFailure(error.message) : error;
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve();
      });
    }
  });
}

/** What whoever started the server wants to know first. */
async function readyText(server: RunningServer, isDevelopment: boolean): Promise<string> {
  const { endpoint, adminKeyFile, dataFolder, signInLink } = server;
  const lines = [
    `kyok is ready at ${endpoint}`,
    `  data folder    ${dataFolder}`,
    adminKeyFile
      ? `  admin API key  ${adminKeyFile}`
      : '  admin API key  none in the data folder; for a first or a lost one, stop the server and run "kyok admin reset"',
    ...(signInLink ? [`  GraphiQL       ${signInLink} (signs you in once, within ten minutes)`] : []),
  ];
  const sealed = await server.sealedUnits();
  const next = sealed.length > 0 ? sealedAdvice(sealed) : isDevelopment ? developmentAdvice : [];
  return `${[...lines, ...next].join('\n')}\n`;
}

const sealedAdvice = (units: readonly SealedUnit[]) => [
  '',
  'The HSM is sealed: "kyok hsm unseal" (or "kyok hsm init" on a new instance) brings the master key.',
  'Compare the fingerprint that the command shows with the one of the unit, which made its key just now:',
  ...units.map(({ unit, importerFingerprint }) => `  unit ${unit}  ${fingerprintText(importerFingerprint)}`),
];

const developmentAdvice = [
  '',
  'Development profile: the device key that opens the HSM lies in the data folder. Whoever copies that folder has all keys.',
  '',
  'Try, in a second terminal:',
  '  npm run demo                      a bank’s key estate, built and used',
  '  npm run --silent kyok -- status   the command line (docs/cli.md)',
  '  the GraphiQL link above           queries and mutations to edit and run',
];
