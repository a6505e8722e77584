import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientCertificate } from '../../src/clients/client-certificate.ts';

/** A client certificate that nobody has signed, and its key, for a day. */
export function testCertificate(subject = 'a test client'): ClientCertificate {
  const directory = mkdtempSync(join(tmpdir(), 'msr-certificate-test-'));
  try {
    const [certificate, key] = [join(directory, 'client.pem'), join(directory, 'client.key')];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
    const self = ['req', '-x509', '-days', '1', '-subj', `/CN=${subject}`, '-out', certificate];
    execFileSync('openssl', [...self, ...made], { stdio: 'ignore' });
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
