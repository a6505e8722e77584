import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { messageOf, OperatorError } from '../core/operator-error.ts';
import { pemText } from './certificate-file.ts';

/** What a client shows to a listener that asks for it; PEM texts. */
export interface ClientCertificate {
  /** Its own first, then those that lead to the authority. */
  readonly certificate: string;
  readonly key: string;
}

/** A variable and what it holds: PEM, or the path of a PEM file. */
export interface PemSetting {
  readonly variable: string;
  readonly value: string;
}

/**
 * Reads a certificate and its key, and refuses what no listener would take: it says 'handshake failure'.
 * @throws OperatorError naming the variable, never what it holds: neither PEM nor a file that can be read; no
 *   certificate; a key that is encrypted or of another certificate
 */
export function clientCertificate(certificate: PemSetting, key: PemSetting): ClientCertificate {
  const texts = {
    certificate: pemText(certificate.variable, certificate.value),
    key: pemText(key.variable, key.value),
  };
  const read = certificateOf(certificate.variable, texts.certificate);
  if (!read.checkPrivateKey(keyOf(key.variable, texts.key))) {
    throw new OperatorError(
      `${key.variable} is not the key of ${certificate.variable} (${read.subject.replaceAll('\n', ', ')})`,
      {
        hint: `the two belong together: \`openssl x509 -pubkey -noout\` of the certificate and \`openssl pkey -pubout\` of the key print the same`,
      },
    );
  }
  return texts;
}

function certificateOf(variable: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new OperatorError(`${variable} holds no certificate that can be read: ${messageOf(cause)}`, {
      hint: 'it begins with -----BEGIN CERTIFICATE-----; where it is a chain, the own certificate comes first',
      cause,
    });
  }
}

function keyOf(variable: string, text: string): KeyObject {
  if (/ENCRYPTED/.test(text)) {
    throw new OperatorError(`the key of ${variable} is encrypted`, {
      hint: '`openssl pkey -in <file> -out <other>` writes it without its passphrase; let nobody else read that file',
    });
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new OperatorError(`${variable} holds no private key that can be read: ${messageOf(cause)}`, {
      hint: 'it begins with -----BEGIN PRIVATE KEY-----, or names its kind (RSA, EC)',
      cause,
    });
  }
}
