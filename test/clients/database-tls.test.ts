import { describe, expect, test } from 'vitest';
import {
  isLocalServer,
  libpqTlsUrl,
  nodeTlsUrl,
  tlsFault,
  withAuthorities,
} from '../../src/clients/database-tls.ts';

const of = (rest: string) => `postgres://u:p@${rest}`;
const query = (url: URL) => url.search.slice(1);

test.each([
  ['localhost:5432/msr', true],
  ['LOCALHOST/msr', true],
  ['127.0.0.1:5432/msr', true],
  ['127.8.8.8/msr', true],
  ['[::1]:5432/msr', true],
  ['%2Fvar%2Frun%2Fpostgresql/msr', true],
  ['db/msr?host=/var/run/postgresql', true],
  ['localhost/msr?host=db', false],
  ['db.example.com/msr', false],
  ['127.0.0.1.example.com/msr', false],
  ['10.0.0.7/msr', false],
  ['localhost.example.com/msr', false],
])('%s is local: %s', (rest, local) => {
  expect(isLocalServer(of(rest))).toBe(local);
});

describe('the mode', () => {
  const cases: ReadonlyArray<readonly [given: string, node: string, libpq: string]> = [
    ['localhost/msr', '', ''],
    ['db/msr', 'sslmode=verify-full&uselibpqcompat=true', 'sslmode=verify-full&sslrootcert=system'],
    ['db/msr?sslmode=disable', 'sslmode=disable&uselibpqcompat=true', 'sslmode=disable'],
    ['db/msr?sslmode=allow', 'sslmode=disable&uselibpqcompat=true', 'sslmode=allow'],
    ['db/msr?sslmode=require', 'sslmode=require&uselibpqcompat=true', 'sslmode=require'],
    ['db/msr?sslmode=no-verify', 'sslmode=no-verify', 'sslmode=require'],
    ['db/msr?ssl=true', 'ssl=true', 'ssl=true'],
    [
      'localhost/msr?sslmode=verify-full',
      'sslmode=verify-full&uselibpqcompat=true',
      'sslmode=verify-full&sslrootcert=system',
    ],
    [
      'db/msr?sslrootcert=/ca.pem',
      'sslrootcert=%2Fca.pem&sslmode=verify-full&uselibpqcompat=true',
      'sslrootcert=%2Fca.pem&sslmode=verify-full',
    ],
    [
      'db/msr?sslmode=verify-full&sslrootcert=system',
      'sslmode=verify-full&uselibpqcompat=true',
      'sslmode=verify-full&sslrootcert=system',
    ],
  ];
  test.each(cases)('of %s', (given, node, libpq) => {
    expect(query(nodeTlsUrl(of(given)))).toBe(node);
    expect(query(libpqTlsUrl(of(given), undefined))).toBe(libpq);
  });

  test('leaves the authorities to PGSSLROOTCERT', () => {
    expect(query(libpqTlsUrl(of('db/msr'), '/home/u/root.crt'))).toBe('sslmode=verify-full');
  });
});

test.each([
  ['db/msr', undefined, 'db/msr'],
  ['db/msr', '/ca.pem', 'db/msr?sslrootcert=%2Fca.pem'],
  ['db/msr?sslmode=require', '/ca.pem', 'db/msr?sslmode=require&sslrootcert=%2Fca.pem'],
  ['db/msr?sslmode=disable', '/ca.pem', 'db/msr?sslmode=disable'],
  ['db/msr?sslrootcert=/own.pem', '/ca.pem', 'db/msr?sslrootcert=/own.pem'],
  ['localhost/msr', '/ca.pem', 'localhost/msr'],
])('%s with the authorities of %s', (given, file, expected) => {
  expect(withAuthorities(of(given), file)).toBe(of(expected));
});

test.each([
  ['The server does not support SSL connections', undefined, /ssl = on.*sslmode=disable/],
  ['self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT', /MSR_CA_FILE/],
  ['self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN', /MSR_CA_FILE/],
  ['unable to get local issuer certificate', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /MSR_CA_FILE/],
  ['certificate has expired', 'CERT_HAS_EXPIRED', /MSR_CA_FILE/],
  ['Hostname does not match', 'ERR_TLS_CERT_ALTNAME_INVALID', /host name of the certificate/],
])('%s is about trust', (message, code, hint) => {
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  expect(tlsFault(error)?.hint).toMatch(hint);
});

test.each([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'text'])('%s is not', (error) => {
  expect(tlsFault(error)).toBeUndefined();
});
