/** Certificates for a syslog receiver and its client, made with openssl. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Certificates {
  readonly ca: Buffer;
  readonly server: Certificate;
  readonly client: Certificate;
  /** A server of the same name that another authority signed. */
  readonly stranger: Certificate;
}

/** @returns certificates for 127.0.0.1, valid for two days; their files lie in the folder */
export function certificates(folder: string): Certificates {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const newKey = (name: string, subject: string) => [
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', file(`${name}.key`), '-subj', `/CN=${subject}`],
  ];
  const authority = (name: string) => openssl('req', '-x509', '-days', '2', ...newKey(name, name), '-out', file(`${name}.pem`));
  const signed = (name: string, issuer: string, subject: string, usage: string): Certificate => {
    openssl('req', ...newKey(name, subject), '-out', file(`${name}.csr`));
    writeFileSync(file(`${name}.ext`), `subjectAltName=IP:127.0.0.1\nextendedKeyUsage=${usage}\n`);
    const ca = ['-CA', file(`${issuer}.pem`), '-CAkey', file(`${issuer}.key`), '-CAcreateserial'];
    openssl('x509', '-req', '-in', file(`${name}.csr`), ...ca, '-days', '2', '-extfile', file(`${name}.ext`), '-out', file(`${name}.pem`));
    return { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) };
  };
  authority('own');
  authority('other');
  return {
    ca: readFileSync(file('own.pem')),
    server: signed('server', 'own', 'syslog', 'serverAuth'),
    client: signed('client', 'own', 'kyok', 'clientAuth'),
    stranger: signed('stranger', 'other', 'syslog', 'serverAuth'),
  };
}
