import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../bed/run.ts';

export interface Certificates {
  /** PEM files. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * An authority that nobody trusts, and a server's certificate of its, for a day.
 * @param names as subjectAltName
 */
export async function makeCertificates(dir: string, names: string): Promise<Certificates> {
  const [authority, authorityKey] = [join(dir, 'ca.pem'), join(dir, 'ca.key')];
  const [certificate, key, request] = [
    join(dir, 'server.pem'),
    join(dir, 'server.key'),
    join(dir, 'server.csr'),
  ];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const self = ['-x509', '-days', '1', '-subj', '/CN=test authority'];
  await run('openssl', ['req', ...self, ...newKey, '-keyout', authorityKey, '-out', authority]);
  await run('openssl', ['req', '-subj', '/CN=test server', ...newKey, '-keyout', key, '-out', request]);
  const extensions = join(dir, 'extensions');
  await writeFile(extensions, `subjectAltName=${names}\n`);
  const signing = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-days', '1'];
  await run('openssl', [
    'x509',
    '-req',
    '-in',
    request,
    ...signing,
    '-extfile',
    extensions,
    '-out',
    certificate,
  ]);
  return { authority, certificate, key };
}
