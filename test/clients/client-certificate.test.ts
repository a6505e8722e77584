import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientCertificate } from '../../src/clients/client-certificate.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { testCertificate } from './test-certificate.ts';

const own = testCertificate('msr');
const other = testCertificate();
const read = (certificate: string, key: string) =>
  clientCertificate({ variable: 'CERT', value: certificate }, { variable: 'KEY', value: key });

/** PKCS #8 under a passphrase, as many tools write it. */
function encrypted(key: string): string {
  const args = ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-passout', 'pass:planted'];
  return execFileSync('openssl', args, { input: key, encoding: 'utf8' });
}

describe('a client certificate and its key', () => {
  test('are taken as text or by their files, chain and all', () => {
    expect(read(own.certificate, own.key)).toEqual(own);
    const file = join(temporaryDirectory(), 'key.pem');
    writeFileSync(file, own.key);
    const chain = `${own.certificate}${other.certificate}`;
    expect(read(chain, file)).toEqual({ certificate: chain, key: own.key });
  });

  test.each([
    [
      'are of two certificates',
      own.certificate,
      other.key,
      'KEY is not the key of CERT (CN=msr)',
      /openssl x509 -pubkey/,
    ],
    [
      'are swapped',
      own.key,
      own.certificate,
      /^CERT holds no certificate that can be read: /,
      /BEGIN CERTIFICATE/,
    ],
    [
      'hold the certificate twice',
      own.certificate,
      own.certificate,
      /^KEY holds no private key that can be read: /,
      /BEGIN PRIVATE KEY/,
    ],
    [
      'want a passphrase',
      own.certificate,
      encrypted(own.key),
      'the key of KEY is encrypted',
      /openssl pkey -in/,
    ],
  ])('that %s are refused', (_, certificate, key, message, hint) => {
    const failure = catching(() => read(certificate, key));
    expect(failure).toMatchObject({
      message: typeof message === 'string' ? message : expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    // Not a line of a key, nor of what was taken for one.
    const [, ...lines] = key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
    for (const line of lines) expect(`${failure.message} ${failure.hint}`).not.toContain(line);
  });
});

function catching(work: () => unknown): { readonly message: string; readonly hint: string } {
  try {
    work();
  } catch (error) {
    return error as { message: string; hint: string };
  }
  throw new Error('nothing was refused');
}
