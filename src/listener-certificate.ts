import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ListenerCertificate } from './services/estate.js';

/** The first certificate of a PEM file, as the listener shows it. @throws Error when the file holds none */
export function listenerCertificate(certFile: string): ListenerCertificate {
  const { subject, fingerprint256, validTo, subjectAltName } = new X509Certificate(readFileSync(certFile));
  return {
    // A certificate that names its hosts has an empty subject at times.
    subject: (subject || subjectAltName || 'no subject').replaceAll('\n', ', '),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    expiresAt: new Date(validTo).toISOString(),
  };
}
