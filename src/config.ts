/** Environment -> one validated, frozen object. Every KYOK_ name that anything reads is a row of this table. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

export type Profile = 'development' | 'production';

interface Setting<T> {
  readonly reader: 'server' | 'client' | 'test';
  /** From the text of the variable to its value. */
  readonly parse: z.ZodType<T, string>;
  /** Default by profile, as text; absent means "not set". */
  readonly byDefault?: string | Readonly<Record<Profile, string>>;
  readonly text: string;
}

const line = z.string().trim().min(1);
const seconds = z
  .string()
  .regex(/^\d{1,10}$/, { error: 'must be a whole number of seconds' })
  .transform(Number);
const count = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, { error: 'must be a whole number' })
    .transform(Number)
    .pipe(z.number().min(min).max(max));
const onOff = z.enum(['on', 'off'], { error: 'must be "on" or "off"' }).transform((value) => value === 'on');
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const recipients = list.pipe(
  z.array(z.string().regex(/^age1[0-9a-z]{20,}$/, { error: 'must be age1…, the recipient and never the secret identity' })).min(1),
);
const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, { error: 'must be HOST:PORT' })
  .refine((value) => Number(value.slice(value.lastIndexOf(':') + 1)) <= 65_535, { error: 'names a port above 65535' })
  .transform((value) => {
    const colon = value.lastIndexOf(':');
    return { host: value.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(value.slice(colon + 1)) };
  });

const days = list.pipe(
  z.array(
    z
      .string()
      .regex(/^\d{1,4}$/, { error: 'must be whole numbers of days' })
      .transform(Number),
  ),
);
const sinkList = list.pipe(z.array(z.enum(['file', 'syslog'], { error: 'must name the sinks "file" or "syslog"' })));
const syslogPorts = { udp: 514, tcp: 601, tls: 6514 } as const;
type SyslogSetting =
  | { readonly protocol: keyof typeof syslogPorts; readonly host: string; readonly port: number }
  | { readonly protocol: 'unix'; readonly path: string };
const syslogAddress = z.string().transform((value, context): SyslogSetting => {
  const [, path] = /^unix:\/\/(\/.+)$/.exec(value) ?? [];
  if (path !== undefined) return { protocol: 'unix', path };
  const [, protocol, host, port] = /^(udp|tcp|tls):\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(value) ?? [];
  if (host !== undefined && Number(port ?? 1) <= 65_535) {
    const known = protocol as keyof typeof syslogPorts;
    return { protocol: known, host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? syslogPorts[known]) };
  }
  context.addIssue({ code: 'custom', message: 'must be udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH' });
  return z.NEVER;
});

/** The settings table; README.md shows it and a test compares them. */
export const settings = {
  KYOK_PROFILE: {
    reader: 'server',
    parse: z.enum(['development', 'production']),
    byDefault: 'development',
    text: '`development` sets itself up; `production` does nothing by itself and refuses insecure settings.',
  },
  KYOK_DATA_DIR: {
    reader: 'server',
    parse: line,
    byDefault: './.kyok',
    text: 'Folder of database, HSM state and local keys. Production wants it to exist, mode 0700. The CLI finds `admin.key` in it.',
  },
  KYOK_LISTEN: { reader: 'server', parse: address, byDefault: '127.0.0.1:4000', text: 'HOST:PORT of the listener.' },
  KYOK_DATABASE_URL: {
    reader: 'server',
    parse: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }),
    text: 'PostgreSQL instead of the embedded sqlite database.',
  },
  KYOK_TLS_CERT_FILE: {
    reader: 'server',
    parse: line,
    text: 'PEM certificate chain of the listener. Production needs TLS on every address but loopback.',
  },
  KYOK_TLS_KEY_FILE: { reader: 'server', parse: line, text: 'PEM private key of the listener, readable by its owner only.' },
  KYOK_TLS_CLIENT_CA_FILE: {
    reader: 'server',
    parse: line,
    text: 'PEM authorities; with it every client must show a certificate of theirs (mutual TLS).',
  },
  KYOK_TLS_CLIENT_CRL_FILE: {
    reader: 'server',
    parse: line,
    text: 'PEM revocation lists of those authorities, one each; who is on them is refused, and everybody once a list is out of date.',
  },
  KYOK_CORS_ORIGINS: {
    reader: 'server',
    parse: list,
    byDefault: '',
    text: 'Comma-separated origins of other playgrounds that browsers may call from.',
  },
  KYOK_INTROSPECTION: {
    reader: 'server',
    parse: onOff,
    byDefault: { development: 'on', production: 'off' },
    text: 'Whether clients may ask for the GraphQL schema (`on`, `off`).',
  },
  KYOK_LOG_LEVEL: {
    reader: 'server',
    parse: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    byDefault: 'info',
    text: '`debug`, `info`, `warn`, `error` or `silent`.',
  },
  KYOK_HSM: {
    reader: 'server',
    parse: z.enum(['soft', 'pkcs11']),
    byDefault: 'soft',
    text: '`soft`: the crypto units hold the master key; `pkcs11`: a token holds it, see [docs/pkcs11.md](docs/pkcs11.md).',
  },
  KYOK_HSM_PKCS11_MODULE: { reader: 'server', parse: line, text: "Path of the PKCS#11 module, the HSM maker's shared library." },
  KYOK_HSM_PKCS11_TOKEN: { reader: 'server', parse: line, text: 'Label of the token that holds the master key.' },
  KYOK_HSM_PKCS11_PIN_FILE: {
    reader: 'server',
    parse: line,
    text: "File with the token's user PIN, readable by its owner only; the crypto unit reads it itself.",
  },
  KYOK_HSM_PKCS11_VARIABLES: {
    reader: 'server',
    parse: list.refine((names) => names.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/^(KYOK_|NODE_|LD_)/.test(name)), {
      error: 'must be names of variables, and none of kyok, Node.js or the loader',
    }),
    byDefault: 'SOFTHSM2_CONF',
    text: "Comma-separated names of the environment's variables that the module is configured by.",
  },
  KYOK_HSM_UNITS: {
    reader: 'server',
    parse: count(1, 8),
    byDefault: { development: '1', production: '2' },
    text: 'Crypto units (processes). With two or more, one that dies gets the master key back from a sibling.',
  },
  KYOK_HSM_DEVICE_KEY_FILE: {
    reader: 'server',
    parse: line,
    text: 'File with the 32-byte device key (hex or base64) that opens the sealed HSM state; outside the data folder and its volume.',
  },
  KYOK_HSM_DEVICE_KEY_COMMAND: {
    reader: 'server',
    parse: line,
    text: 'Command that prints the device key, run by the crypto unit itself.',
  },
  KYOK_DESTROY_WAIT_SECONDS: {
    reader: 'server',
    parse: seconds,
    byDefault: { development: '0', production: '14400' },
    text: 'Wait between deactivation and the start of the pending period of a destruction.',
  },
  KYOK_PENDING_DESTRUCTION_SECONDS: {
    reader: 'server',
    parse: seconds,
    byDefault: { development: '0', production: '2592000' },
    text: 'Pending period of a destruction, in which it can be cancelled, where a keystore sets none.',
  },
  KYOK_ROTATION_WAIT_SECONDS: {
    reader: 'server',
    parse: seconds,
    byDefault: { development: '0', production: '3600' },
    text: 'Least time between two rotations of a key by people.',
  },
  KYOK_ROTATE_DEACTIVATED: { reader: 'server', parse: onOff, byDefault: 'off', text: 'Whether deactivated keys may be rotated.' },
  KYOK_USE_COMPROMISED: {
    reader: 'server',
    parse: onOff,
    byDefault: 'off',
    text: 'Whether compromised keys may still decrypt, unwrap and verify.',
  },
  KYOK_IMPORT_KEY_SECONDS: { reader: 'server', parse: seconds, byDefault: '3600', text: 'Life of a one-time import key.' },
  KYOK_EXPIRY_NOTICE_DAYS: {
    reader: 'server',
    parse: days,
    byDefault: '30',
    text: 'Days before a key, API key or certificate expires at which an audit event says so; several with commas (`30,7`).',
  },
  KYOK_AUDIT_FILE: {
    reader: 'server',
    parse: line,
    text: 'File that audit events go to as JSON lines ([docs/audit-sinks.md](docs/audit-sinks.md)).',
  },
  KYOK_AUDIT_SYSLOG: {
    reader: 'server',
    parse: syslogAddress,
    text: 'Syslog receiver of audit events (RFC 5424): `udp://`, `tcp://` or `tls://` with HOST:PORT, or `unix:///PATH`.',
  },
  KYOK_AUDIT_SYSLOG_CA_FILE: {
    reader: 'server',
    parse: line,
    text: "PEM authorities of the receiver's certificate with `tls://`; the system's own if not set.",
  },
  KYOK_AUDIT_SYSLOG_CERT_FILE: { reader: 'server', parse: line, text: 'PEM certificate chain shown to the receiver with `tls://`.' },
  KYOK_AUDIT_SYSLOG_KEY_FILE: { reader: 'server', parse: line, text: 'PEM private key of that certificate, readable by its owner only.' },
  KYOK_AUDIT_REQUIRED_SINKS: {
    reader: 'server',
    parse: sinkList,
    byDefault: '',
    text: 'Audit sinks (`file`, `syslog`) without which nothing is done: while one is down, operations are refused.',
  },
  KYOK_MAX_ITEMS: { reader: 'server', parse: count(1, 10_000), byDefault: '1000', text: 'Most items in one cryptographic call.' },
  KYOK_BACKUP_RECIPIENT: {
    reader: 'server',
    parse: recipients,
    text: 'Whom backups are encrypted to: `age1…` of `kyok backup keygen`, several with commas ([docs/backup.md](docs/backup.md)).',
  },
  KYOK_BACKUP_DIR: { reader: 'server', parse: line, text: 'Folder that backups are written to; `backups` in the data folder if not set.' },
  KYOK_ENDPOINT: {
    reader: 'client',
    parse: line,
    text: 'Base URL of the server, for CLI, demo and other clients; the local development server if not set.',
  },
  KYOK_API_KEY: {
    reader: 'client',
    parse: line,
    text: 'API key of a client, sent as `Authorization: Bearer`; `admin.key` of the local data folder if not set.',
  },
  KYOK_CA_FILE: { reader: 'client', parse: line, text: "PEM authority a client trusts for the server's certificate." },
  KYOK_CLIENT_CERT_FILE: {
    reader: 'client',
    parse: line,
    text: 'PEM certificate a client shows to a server with `KYOK_TLS_CLIENT_CA_FILE`.',
  },
  KYOK_CLIENT_KEY_FILE: { reader: 'client', parse: line, text: 'PEM private key of that certificate.' },
  KYOK_TEST_DATABASE_URL: {
    reader: 'test',
    parse: line,
    text: 'PostgreSQL for the store tests; else they start one of their own where Debian’s is installed.',
  },
  KYOK_TEST_CHROMIUM: { reader: 'test', parse: line, text: 'Chromium for the browser tests, `/usr/bin/chromium` if not set.' },
  KYOK_TEST_RUNS: { reader: 'test', parse: count(1, 100_000), text: 'Stories in a seeded test; each has a default of its own.' },
  KYOK_TEST_SEED: { reader: 'test', parse: line, text: 'Seed of a seeded test, to repeat a run that failed.' },
  KYOK_TEST_REQUIRE_PROGRAMS: {
    reader: 'test',
    parse: onOff,
    text: '`on`: a test whose program (PostgreSQL, Chromium) is not installed fails instead of being skipped.',
  },
} as const satisfies Record<string, Setting<unknown>>;

type SettingName = keyof typeof settings;
type ValueOf<N extends SettingName> = z.output<(typeof settings)[N]['parse']>;

/** What the server runs on. Paths are absolute. */
export type Config = Readonly<{
  [N in SettingName]: (typeof settings)[N] extends { byDefault: unknown } ? ValueOf<N> : ValueOf<N> | undefined;
}>;

/** Something that the server cannot start without is missing or wrong; the message says what to do. */
export class StartFailure extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StartFailure';
  }
}

/** Wrong settings, all of them at once, each by its name. */
export class ConfigError extends StartFailure {
  constructor(readonly problems: readonly string[]) {
    super(`wrong settings: ${problems.join('; ')}`);
    this.name = 'ConfigError';
  }
}

/** @throws ConfigError that names every unknown, malformed or insecure setting. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems = Object.keys(env)
    .filter((name) => name.startsWith('KYOK_') && !(name in settings))
    .map((name) => `${name} is not a setting of kyok; README.md lists them all`);
  const profile: Profile = env.KYOK_PROFILE === 'production' ? 'production' : 'development';
  const values: Record<string, unknown> = {};
  for (const [name, row] of Object.entries<Setting<unknown>>(settings)) {
    const text = env[name] || (typeof row.byDefault === 'object' ? row.byDefault[profile] : row.byDefault);
    if (text === undefined) continue;
    const parsed = row.parse.safeParse(text);
    if (parsed.success) values[name] = isPath(name) ? resolve(String(parsed.data)) : parsed.data;
    else problems.push(`${name} ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const config = Object.freeze(values) as Config;
  const unsafe = [...contradictions(config), ...(profile === 'production' ? insecure(config) : [])];
  if (unsafe.length > 0) throw new ConfigError(unsafe);
  return config;
}

function isPath(name: string): boolean {
  return name.endsWith('_FILE') || name.endsWith('_DIR');
}

/** Whether the listener can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function contradictions(config: Config): string[] {
  const problems: string[] = [];
  if (!config.KYOK_TLS_CERT_FILE !== !config.KYOK_TLS_KEY_FILE) problems.push('KYOK_TLS_CERT_FILE and KYOK_TLS_KEY_FILE go together');
  if (config.KYOK_TLS_CLIENT_CA_FILE && !config.KYOK_TLS_CERT_FILE) problems.push('KYOK_TLS_CLIENT_CA_FILE needs KYOK_TLS_CERT_FILE');
  if (config.KYOK_TLS_CLIENT_CRL_FILE && !config.KYOK_TLS_CLIENT_CA_FILE)
    problems.push('KYOK_TLS_CLIENT_CRL_FILE needs KYOK_TLS_CLIENT_CA_FILE');
  if (config.KYOK_HSM_DEVICE_KEY_FILE && config.KYOK_HSM_DEVICE_KEY_COMMAND)
    problems.push('KYOK_HSM_DEVICE_KEY_FILE and KYOK_HSM_DEVICE_KEY_COMMAND exclude each other');
  problems.push(...hsmContradictions(config));
  problems.push(...sinkContradictions(config));
  for (const name of [...fileSettings, 'KYOK_TLS_CLIENT_CRL_FILE', 'KYOK_HSM_PKCS11_MODULE'] as const) {
    const path = config[name];
    if (path && !existsSync(path)) problems.push(`${name} names a file that is not there: ${path}`);
  }
  return problems;
}

function hsmContradictions(config: Config): string[] {
  const [needed, foreign] = config.KYOK_HSM === 'pkcs11' ? ([tokenSettings, deviceKeySettings] as const) : ([[], tokenSettings] as const);
  return [
    ...needed.filter((name) => !config[name]).map((name) => `KYOK_HSM=pkcs11 needs ${name}`),
    ...foreign.filter((name) => config[name]).map((name) => `${name} does not go with KYOK_HSM=${config.KYOK_HSM}`),
  ];
}

const tokenSettings = ['KYOK_HSM_PKCS11_MODULE', 'KYOK_HSM_PKCS11_TOKEN', 'KYOK_HSM_PKCS11_PIN_FILE'] as const;
const deviceKeySettings = ['KYOK_HSM_DEVICE_KEY_FILE', 'KYOK_HSM_DEVICE_KEY_COMMAND'] as const;

function sinkContradictions(config: Config): string[] {
  const { KYOK_AUDIT_FILE: file, KYOK_AUDIT_SYSLOG: syslog, KYOK_AUDIT_REQUIRED_SINKS: required } = config;
  const problems: string[] = [];
  if (file && !existsSync(dirname(file))) problems.push(`KYOK_AUDIT_FILE lies in a folder that is not there: ${dirname(file)}`);
  if (required.includes('file') && !file) problems.push('KYOK_AUDIT_REQUIRED_SINKS names file: set KYOK_AUDIT_FILE');
  if (required.includes('syslog') && !syslog) problems.push('KYOK_AUDIT_REQUIRED_SINKS names syslog: set KYOK_AUDIT_SYSLOG');
  if (required.includes('syslog') && syslog?.protocol === 'udp')
    problems.push(
      'KYOK_AUDIT_REQUIRED_SINKS names syslog over UDP, which never says whether anybody takes the events: use tls:// or tcp://',
    );
  const tlsFiles = syslogFiles.filter((name) => config[name] !== undefined);
  if (tlsFiles.length > 0 && syslog?.protocol !== 'tls') problems.push(`${tlsFiles.join(', ')} need KYOK_AUDIT_SYSLOG=tls://…`);
  if (!config.KYOK_AUDIT_SYSLOG_CERT_FILE !== !config.KYOK_AUDIT_SYSLOG_KEY_FILE)
    problems.push('KYOK_AUDIT_SYSLOG_CERT_FILE and KYOK_AUDIT_SYSLOG_KEY_FILE go together');
  return problems;
}

const syslogFiles = ['KYOK_AUDIT_SYSLOG_CA_FILE', 'KYOK_AUDIT_SYSLOG_CERT_FILE', 'KYOK_AUDIT_SYSLOG_KEY_FILE'] as const;
const fileSettings = [
  ...syslogFiles,
  'KYOK_TLS_CERT_FILE',
  'KYOK_TLS_KEY_FILE',
  'KYOK_TLS_CLIENT_CA_FILE',
  'KYOK_HSM_DEVICE_KEY_FILE',
  'KYOK_HSM_PKCS11_PIN_FILE',
] as const;
const secretFiles = ['KYOK_TLS_KEY_FILE', 'KYOK_AUDIT_SYSLOG_KEY_FILE', 'KYOK_HSM_DEVICE_KEY_FILE', 'KYOK_HSM_PKCS11_PIN_FILE'] as const;

/** What the production profile refuses. */
function insecure(config: Config): string[] {
  const problems: string[] = [];
  if (!isLoopback(config.KYOK_LISTEN.host) && !config.KYOK_TLS_CERT_FILE)
    problems.push('KYOK_LISTEN is reachable from elsewhere without TLS: set KYOK_TLS_CERT_FILE and KYOK_TLS_KEY_FILE');
  if (config.KYOK_CORS_ORIGINS.some((origin) => origin === '*' || origin.startsWith('http:')))
    problems.push('KYOK_CORS_ORIGINS admits any origin or an unencrypted one: name https origins');
  const { KYOK_AUDIT_SYSLOG: syslog } = config;
  if ((syslog?.protocol === 'udp' || syslog?.protocol === 'tcp') && !isLoopback(syslog.host))
    problems.push('KYOK_AUDIT_SYSLOG sends audit events to another machine unencrypted: use tls://, or a relay on this machine');
  if (config.KYOK_LOG_LEVEL === 'debug') problems.push('KYOK_LOG_LEVEL=debug is for development');
  for (const name of secretFiles) {
    const path = config[name];
    if (path && isReadableByOthers(path)) problems.push(`${name} can be read by others: chmod 600 ${path}`);
  }
  problems.push(...insecureDataFolder(config));
  return problems;
}

function insecureDataFolder(config: Config): string[] {
  const folder = config.KYOK_DATA_DIR;
  if (!existsSync(folder)) return [`KYOK_DATA_DIR is not there: mkdir -m 700 ${folder}`];
  const problems = isReadableByOthers(folder) ? [`KYOK_DATA_DIR can be read by others: chmod 700 ${folder}`] : [];
  const deviceKey = config.KYOK_HSM_DEVICE_KEY_FILE;
  if (deviceKey && existsSync(deviceKey) && statSync(deviceKey).dev === statSync(folder).dev)
    problems.push(
      'KYOK_HSM_DEVICE_KEY_FILE lies on the volume of KYOK_DATA_DIR: a copy of that volume would open the HSM; put it elsewhere',
    );
  return problems;
}

function isReadableByOthers(path: string): boolean {
  return existsSync(path) && (statSync(path).mode & 0o077) !== 0;
}
