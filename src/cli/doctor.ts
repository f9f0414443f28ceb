/** `kyok doctor`: what is missing or wrong on this machine, before a server starts on it. */
import { resolve } from 'node:path';
import { ConfigError, loadConfig } from '../config.js';
import type { Finding, Surroundings } from './doctor/check.js';
import { checks } from './doctor/checks.js';

export interface Examined extends Finding {
  readonly check: string;
}

/** The finding of every check; one that fails to look is a problem of its own. */
export async function examine(env: Surroundings['env']): Promise<readonly Examined[]> {
  const surroundings = surroundingsOf(env);
  const examined: Examined[] = [];
  for (const { name, run } of checks) {
    const finding = await Promise.resolve()
      .then(() => run(surroundings))
      .catch((error: unknown): Finding => ({ verdict: 'PROBLEM', found: error instanceof Error ? error.message : String(error) }));
    examined.push({ check: name, ...finding });
  }
  return examined;
}

/** The settings, and the defaults in place of those that are not sound. */
function surroundingsOf(env: Surroundings['env']): Surroundings {
  const { config, settingProblems } = settingsOf(env);
  const { host, port } = config.KYOK_LISTEN;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    env,
    settingProblems,
    dataDir: settingProblems.length > 0 && env.KYOK_DATA_DIR ? resolve(env.KYOK_DATA_DIR) : config.KYOK_DATA_DIR,
    listen: { host, port },
    ...(config.KYOK_DATABASE_URL === undefined ? {} : { databaseUrl: config.KYOK_DATABASE_URL }),
    endpoint: `${config.KYOK_TLS_CERT_FILE ? 'https' : 'http'}://${name}:${port}`,
  };
}

function settingsOf(env: Surroundings['env']) {
  try {
    return { config: loadConfig(env), settingProblems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: soundPart(env, error.problems), settingProblems: error.problems };
  }
}

/** Leaves out every setting that a problem names; the defaults where the rest is not sound without them. */
function soundPart(env: Surroundings['env'], problems: readonly string[]) {
  const named = new Set(problems.flatMap((problem) => problem.match(/\bKYOK_[A-Z0-9_]+/g) ?? []));
  try {
    return loadConfig(Object.fromEntries(Object.entries(env).filter(([name]) => !named.has(name))));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return loadConfig({});
  }
}
