/** The audit sinks that the settings name. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.js';
import type { AuditSink } from '../sinks/contract.js';
import { fileSink } from '../sinks/file/file-sink.js';
import { syslogSink } from '../sinks/syslog/syslog-sink.js';

/** @throws Error when a file of the syslog connection cannot be read */
export function auditSinks(config: Config, version: string): readonly AuditSink[] {
  const { KYOK_AUDIT_FILE: path, KYOK_AUDIT_SYSLOG: address } = config;
  const pem = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
  const tls = {
    ca: pem(config.KYOK_AUDIT_SYSLOG_CA_FILE),
    cert: pem(config.KYOK_AUDIT_SYSLOG_CERT_FILE),
    key: pem(config.KYOK_AUDIT_SYSLOG_KEY_FILE),
  };
  return [...(path === undefined ? [] : [fileSink({ path })]), ...(address === undefined ? [] : [syslogSink({ address, tls, version })])];
}
