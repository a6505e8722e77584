import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { OperatorError } from '../core/operator-error.ts';

/** A file of certificates (PEM) to trust beside those that Node.js trusts anyway. */
export const CA_FILE_VARIABLE = 'MSR_CA_FILE';

let trusted: string | undefined;

/** The file whose authorities this process trusts. */
export function trustedFile(): string | undefined {
  return trusted;
}

/**
 * Lets every TLS connection of this process accept what the file's authorities have signed: database,
 * brokers, Kafka Connect, S3. Verification itself is never switched off.
 * @throws OperatorError where the file cannot be read or holds no certificate
 */
export function trustAuthorities(file: string | undefined): void {
  if (file === undefined || file === trusted) return;
  const certificates = certificatesOf(file);
  if (!('setDefaultCACertificates' in tls)) {
    throw new OperatorError(`${CA_FILE_VARIABLE} needs Node.js 24, and this is ${process.version}`, {
      hint: `run msr with Node.js 24, or start it with NODE_EXTRA_CA_CERTS=${file}`,
    });
  }
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...certificates]);
  trusted = file;
}

function certificatesOf(file: string): string[] {
  const certificates = readText(file).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (certificates !== null) return certificates;
  throw new OperatorError(`${file}, which ${CA_FILE_VARIABLE} names, holds no certificate`, {
    hint: 'it must be a PEM file: -----BEGIN CERTIFICATE-----',
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new OperatorError(
      `${file}, which ${CA_FILE_VARIABLE} names, cannot be read: ${(cause as Error).message}`,
      {
        hint: 'name a PEM file that the user who runs msr may read',
        cause,
      },
    );
  }
}
