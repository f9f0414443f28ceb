import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliFailure, usageFailure } from './failure.js';

/** Where the server is and who asks. */
export interface ClientSettings {
  /** Base URL without a slash at its end. */
  readonly endpoint: URL;
  /** Read when first needed, so that commands that need none work without. */
  apiKey(): string;
  /** PEM authority to trust for the server's certificate. */
  readonly caFile?: string;
  /** PEM certificate and key to show to a server that wants one. */
  readonly clientCertificate?: { readonly certFile: string; readonly keyFile: string };
  readonly timeoutSeconds: number;
}

/** Global options of the command line as far as they say where to go. */
export interface ClientOptions {
  readonly endpoint?: string;
  readonly apiKeyFile?: string;
  readonly timeout?: string;
}

/**
 * Options before environment before the local development server and the key file it wrote.
 * The local key file is sent to this machine only.
 */
export function clientSettings(options: ClientOptions, env: Readonly<Record<string, string | undefined>>): ClientSettings {
  const endpoint = endpointOf(options.endpoint ?? (env.KYOK_ENDPOINT || `http://${env.KYOK_LISTEN || '127.0.0.1:4000'}`));
  return {
    endpoint,
    apiKey: () => apiKeyOf(options, env, endpoint),
    ...(env.KYOK_CA_FILE ? { caFile: env.KYOK_CA_FILE } : {}),
    ...clientCertificateOf(env),
    timeoutSeconds: timeoutOf(options.timeout),
  };
}

function endpointOf(text: string): URL {
  const base = text.replace(/\/+$/, '').replace(/\/graphql$/, '');
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash)
    throw usageFailure('The endpoint must be a URL like https://kyok.example.com (KYOK_ENDPOINT or --endpoint).');
  if (url.protocol === 'http:' && !isThisMachine(url))
    throw usageFailure(`The API key would travel unencrypted to ${url.host}: use https (KYOK_ENDPOINT or --endpoint).`);
  return url;
}

function isThisMachine(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
}

function apiKeyOf(options: ClientOptions, env: Readonly<Record<string, string | undefined>>, endpoint: URL): string {
  if (options.apiKeyFile) return oneLine(readFileSync(options.apiKeyFile, 'utf8'), options.apiKeyFile);
  if (env.KYOK_API_KEY) return oneLine(env.KYOK_API_KEY, 'KYOK_API_KEY');
  const local = join(env.KYOK_DATA_DIR || '.kyok', 'admin.key');
  if (isThisMachine(endpoint) && existsSync(local)) return oneLine(readFileSync(local, 'utf8'), local);
  throw new CliFailure(
    'DENIED',
    `No API key: set KYOK_API_KEY or --api-key-file${isThisMachine(endpoint) ? ` (${local} is not there)` : ''}.`,
  );
}

function oneLine(text: string, source: string): string {
  const key = text.trim();
  if (!/^[\x21-\x7e]+$/.test(key)) throw usageFailure(`${source} holds no API key.`);
  return key;
}

function clientCertificateOf(env: Readonly<Record<string, string | undefined>>): Pick<ClientSettings, 'clientCertificate'> {
  const { KYOK_CLIENT_CERT_FILE: certFile, KYOK_CLIENT_KEY_FILE: keyFile } = env;
  if (!certFile !== !keyFile) throw usageFailure('KYOK_CLIENT_CERT_FILE and KYOK_CLIENT_KEY_FILE go together.');
  return certFile && keyFile ? { clientCertificate: { certFile, keyFile } } : {};
}

function timeoutOf(text: string | undefined): number {
  const seconds = Number(text ?? 120);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600) throw usageFailure('--timeout takes 1 to 3600 seconds.');
  return seconds;
}
