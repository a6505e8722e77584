import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connectClient } from '../../src/clients/connect.ts';
import { PgToolError, runPgTool } from '../../src/clients/pg-tools.ts';
import { openSession, withSession } from '../../src/clients/postgres.ts';
import { trustAuthorities } from '../../src/clients/trusted-authorities.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitFor } from '../bed/wait.ts';
import { type Certificates, makeCertificates } from './certificates.ts';

/**
 * Loopback, written so that it is not seen: as good as another machine. No certificate can have that name.
 */
const ELSEWHERE = '127.1';

const bed = sharedBed();

function url(host: string, query: Readonly<Record<string, string>> = {}): string {
  const changed = new URL(bed.adminUrl);
  changed.hostname = host;
  for (const [name, value] of Object.entries(query)) changed.searchParams.set(name, value);
  return changed.href;
}

const administer = (statement: string) =>
  withSession(bed.adminUrl, { purpose: 'test' }, async (session) => (await session.query(statement)).rows);

async function isEncrypted(to: string): Promise<boolean> {
  return await withSession(to, { purpose: 'test' }, async (session) => {
    const { rows } = await session.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return rows[0].ssl;
  });
}

function schemaOf(to: string): Promise<string> {
  const { signal } = new AbortController();
  const args = ['--schema-only', '--schema=pg_catalog'];
  return runPgTool('pg_dump', args, { pgBin: bed.pgBin, signal, url: to });
}

test('a server without TLS is refused, unless the URL does without', async () => {
  await expect(openSession(url(ELSEWHERE), { purpose: 'test' })).rejects.toMatchObject({
    name: 'DatabaseConnectionError',
    reason: 'tls',
    message: expect.stringMatching(/^127\.1:\d+\/\w+ cannot be trusted: it offers no TLS$/),
    hint: expect.stringContaining('?sslmode=disable'),
  });
  await expect(schemaOf(url(ELSEWHERE))).rejects.toThrow(/server does not support SSL, but SSL was required/);
  expect(await isEncrypted(url(ELSEWHERE, { sslmode: 'disable' }))).toBe(false);
  expect(await isEncrypted(bed.adminUrl)).toBe(false);
});

describe('a server with TLS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'msr-tls-test-'));
  let files: Certificates;

  beforeAll(async () => {
    files = await makeCertificates(directory, 'DNS:localhost');
    await giveToServer('msr-test.crt', files.certificate);
    await giveToServer('msr-test.key', files.key);
    await administer(`ALTER SYSTEM SET ssl_cert_file = 'msr-test.crt'`);
    await administer(`ALTER SYSTEM SET ssl_key_file = 'msr-test.key'`);
    await administer('ALTER SYSTEM SET ssl = on');
    await reload('on');
  });
  afterAll(async () => {
    for (const name of ['ssl', 'ssl_cert_file', 'ssl_key_file'])
      await administer(`ALTER SYSTEM RESET ${name}`);
    await administer(`COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; rm -f msr-test.crt msr-test.key'`);
    await reload('off');
    rmSync(directory, { recursive: true, force: true });
  });

  /**
   * The server may run elsewhere in the file system, and as another user; its
   * programs begin in its directory.
   */
  async function giveToServer(name: string, file: string): Promise<void> {
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => `'${line}'`);
    await administer(`COPY (SELECT unnest(ARRAY[${lines.join(',')}])) TO PROGRAM 'umask 077; cat > ${name}'`);
  }

  async function reload(ssl: string): Promise<void> {
    await administer('SELECT pg_reload_conf()');
    await waitFor(`ssl = ${ssl}`, async () => (await administer('SHOW ssl'))[0]?.['ssl'] === ssl);
  }

  test('is refused as long as nobody vouches for it', async () => {
    await expect(openSession(url(ELSEWHERE), { purpose: 'test' })).rejects.toMatchObject({
      reason: 'tls',
      hint: expect.stringContaining('MSR_CA_FILE'),
    });
    const dump = schemaOf(url(ELSEWHERE));
    await expect(dump).rejects.toBeInstanceOf(PgToolError);
    await expect(dump).rejects.toThrow(/certificate verify failed/);
  });

  test('is trusted by its authority, for its own name', async () => {
    const authorities = { sslrootcert: files.authority };
    const named = url('localhost', { ...authorities, sslmode: 'verify-full' });
    expect(await isEncrypted(named)).toBe(true);
    expect(await schemaOf(named)).toContain('PostgreSQL database dump');
    await expect(openSession(url(ELSEWHERE, authorities), { purpose: 'test' })).rejects.toMatchObject({
      reason: 'tls',
      hint: expect.stringContaining('host name of the certificate'),
    });
    await expect(schemaOf(url(ELSEWHERE, authorities))).rejects.toThrow(/does not match host name/);
    expect(await isEncrypted(url(ELSEWHERE, { ...authorities, sslmode: 'verify-ca' }))).toBe(true);
  });

  test('is taken as it is where the URL says so', async () => {
    expect(await isEncrypted(url(ELSEWHERE, { sslmode: 'require' }))).toBe(true);
    expect(await schemaOf(url(ELSEWHERE, { sslmode: 'require' }))).toContain('PostgreSQL database dump');
    expect(await isEncrypted(url(ELSEWHERE, { sslmode: 'disable' }))).toBe(false);
  });

  test('MSR_CA_FILE vouches for Kafka Connect, too', async () => {
    const { certificate, key, authority } = files;
    const worker = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_, response) =>
      response.end('[]'),
    );
    await new Promise<void>((listening) => worker.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void worker.close());
    const connect = connectClient({ url: `https://localhost:${(worker.address() as AddressInfo).port}` });
    await expect(connect.plugins()).rejects.toThrow(/certificate/);
    trustAuthorities(authority);
    expect(await connect.plugins()).toEqual([]);
  });

  test('a file that is none is named', () => {
    expect(() => trustAuthorities('/nowhere/ca.pem')).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /^\/nowhere\/ca\.pem, which MSR_CA_FILE names, cannot be read: ENOENT/,
        ),
      }),
    );
    expect(() => trustAuthorities(files.key)).toThrow('holds no certificate');
  });
});
