import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { ListenerCertificate } from '../services/estate.js';

/**
 * The first certificate of a PEM file, as the listener shows it: read anew when the file has changed. While it cannot be
 * read (it is being replaced) the last one stands, as it does at the listener.
 */
export function listenerCertificates(certFile: string | undefined): () => ListenerCertificate | null {
  let known: { readonly changedAt: number; readonly certificate: ListenerCertificate | null } = { changedAt: -1, certificate: null };
  return () => {
    if (certFile === undefined) return null;
    try {
      const changedAt = statSync(certFile).mtimeMs;
      if (changedAt !== known.changedAt) known = { changedAt, certificate: certificateIn(readFileSync(certFile)) };
    } catch {
      // The listener goes on with what it has.
    }
    return known.certificate;
  };
}

function certificateIn(pem: Uint8Array): ListenerCertificate {
  const { subject, fingerprint256, validTo, subjectAltName } = new X509Certificate(pem);
  return {
    // A certificate that names its hosts has an empty subject at times.
    subject: (subject || subjectAltName || 'no subject').replaceAll('\n', ', '),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    expiresAt: new Date(validTo).toISOString(),
  };
}
