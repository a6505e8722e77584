import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flagsOver } from '../../src/cli/invocation.ts';
import { databaseName, withDatabase } from '../../src/clients/postgres-url.ts';
import type { Environment } from '../../src/core/environment.ts';
import { readServers, readSettings, readVaultSettings, settingFlag } from '../../src/settings/settings.ts';
import { testCertificate } from '../clients/test-certificate.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';

const SECRET = 's3cret';
const complete: Environment = {
  MSR_DATABASE_URL: `postgres://msr:${SECRET}@db:5432/msr`,
  MSR_VAULT_URL: 'file:///var/backups/msr',
  MSR_KAFKA_BROKERS: 'k1:9092,k2:9092',
  MSR_CONNECT_URL: 'http://connect:8083/',
};

const hint = (variable: string) =>
  `set ${variable} in the environment or in the secret of MSR_SECRET_ID, or give ${settingFlag(variable)}; the README lists every variable`;

describe('the login to Kafka Connect', () => {
  const read = (more: Environment) => readSettings({ ...complete, ...more }).connect;

  test('is by name and password', () => {
    expect(read({ MSR_CONNECT_USERNAME: 'msr', MSR_CONNECT_PASSWORD: SECRET }).login).toEqual({
      username: 'msr',
      password: SECRET,
    });
  });

  test('is by a client certificate, as text or by its file', () => {
    const { certificate, key } = testCertificate();
    const file = join(temporaryDirectory(), 'key.pem');
    writeFileSync(file, key);
    const given = { MSR_CONNECT_CLIENT_CERT: certificate, MSR_CONNECT_CLIENT_KEY: file };
    expect(read(given).clientCertificate).toEqual({ certificate, key });
  });

  test.each([
    [{ MSR_CONNECT_USERNAME: 'msr' }, 'MSR_CONNECT_USERNAME is set, but MSR_CONNECT_PASSWORD is not'],
    [{ MSR_CONNECT_CLIENT_KEY: '/key' }, 'MSR_CONNECT_CLIENT_KEY is set, but MSR_CONNECT_CLIENT_CERT is not'],
    [
      { MSR_CONNECT_CLIENT_CERT: '/nowhere', MSR_CONNECT_CLIENT_KEY: '/nowhere' },
      'MSR_CONNECT_CLIENT_CERT is no PEM, and no file that can be read: ENOENT',
    ],
  ])('%j is refused', (more, fact) => {
    expect(() => read(more)).toThrow(fact);
  });
});

describe('the client certificate for the brokers', () => {
  const { certificate, key } = testCertificate();
  const pair = { MSR_KAFKA_CLIENT_CERT: certificate, MSR_KAFKA_CLIENT_KEY: key };
  const read = (more: Environment) => readSettings({ ...complete, ...more }).kafka;

  test('needs TLS, which goes without saying', () => {
    expect(read(pair)).toMatchObject({ ssl: true, clientCertificate: { certificate, key } });
    expect(read({ ...pair, MSR_KAFKA_SSL: 'true' })).toMatchObject({ ssl: true });
  });

  test.each([
    [
      { ...pair, MSR_KAFKA_SSL: 'false' },
      'MSR_KAFKA_SSL is false, and a client certificate is shown over TLS alone',
    ],
    [{ MSR_KAFKA_CLIENT_CERT: certificate }, 'MSR_KAFKA_CLIENT_CERT is set, but MSR_KAFKA_CLIENT_KEY is not'],
    [
      { ...pair, MSR_KAFKA_CLIENT_KEY: testCertificate().key },
      'MSR_KAFKA_CLIENT_KEY is not the key of MSR_KAFKA_CLIENT_CERT (CN=a test client)',
    ],
  ])('is refused', (more, fact) => {
    expect(() => read(more)).toThrow(fact);
  });
});

describe('readSettings', () => {
  test('fills in what is not set', () => {
    expect(readSettings(complete)).toEqual({
      databaseUrl: complete['MSR_DATABASE_URL'],
      targetDatabaseUrl: complete['MSR_DATABASE_URL'],
      vaultUrl: 'file:///var/backups/msr',
      kafka: { brokers: ['k1:9092', 'k2:9092'], ssl: false, sasl: undefined },
      connect: { url: 'http://connect:8083' },
      sinkConnector: 'cdc-sink-connector',
      pgBin: undefined,
      maintenanceTimeZone: 'UTC',
      zones: new Map(),
      strategy: { name: 'dump', options: {} },
    });
  });

  const faults: ReadonlyArray<readonly [variable: string, value: string | undefined, fact: string]> = [
    ['MSR_DATABASE_URL', undefined, 'is not set'],
    ['MSR_VAULT_URL', undefined, 'is not set'],
    ['MSR_KAFKA_BROKERS', undefined, 'is not set'],
    ['MSR_CONNECT_URL', undefined, 'is not set'],
    ['MSR_DATABASE_URL', `msr:${SECRET}@db`, 'is not valid: Invalid URL'],
    ['MSR_DATABASE_URL', `mysql://msr:${SECRET}@db/msr`, 'is not valid: Invalid URL'],
    ['MSR_DATABASE_URL', `postgres://msr:${SECRET}@db/`, 'is not valid: the URL names no database'],
    ['MSR_TARGET_DATABASE_URL', `postgres://msr:${SECRET}@db/`, 'is not valid: the URL names no database'],
    ['MSR_VAULT_URL', '/var/backups', 'is not valid: Invalid URL'],
    [
      'MSR_MAINTENANCE_TIME_ZONE',
      'Berlin',
      'is not valid: expected the name of a time zone, as Europe/Berlin',
    ],
    [
      'MSR_STRATEGY',
      'tape',
      'is not valid: Invalid option: expected one of "dump"|"ebs"|"kubernetes"|"timescale-cloud"|"hybrid"',
    ],
    ['MSR_STRATEGY_OPTIONS', '{', 'is not valid: expected JSON'],
    ['MSR_KAFKA_BROKERS', 'k1', 'is not valid: expected host:port[,host:port…]'],
    ['MSR_KAFKA_SSL', 'perhaps', 'is not valid: Invalid option: expected one of "true"'],
    [
      'MSR_KAFKA_SASL_MECHANISM',
      'gssapi',
      'is not valid: Invalid option: expected one of "plain"|"scram-sha-256"|"scram-sha-512"|"aws-msk-iam"',
    ],
    ['MSR_CONNECT_URL', 'connect:8083', 'is not valid: Invalid URL'],
    [
      'MSR_CONNECT_URL',
      `http://user:${SECRET}@connect:8083`,
      'is not valid: credentials do not stand in it, but in MSR_CONNECT_USERNAME and MSR_CONNECT_PASSWORD',
    ],
    ['MSR_SINK_CONNECTOR', '', 'is not valid: Too small: expected string to have >=1 characters'],
  ];
  test.each(faults)('%s = %s', (variable, value, fact) => {
    const read = () => readSettings({ ...complete, [variable]: value });
    expect(read).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`${variable} ${fact}`),
        hint: hint(variable),
      }),
    );
    expect(read).not.toThrow(SECRET);
  });

  test('SASL needs a user and a password', () => {
    const sasl = { ...complete, MSR_KAFKA_SASL_MECHANISM: 'plain', MSR_KAFKA_USERNAME: 'u' };
    expect(() => readSettings(sasl)).toThrow(
      expect.objectContaining({
        message: 'MSR_KAFKA_SASL_MECHANISM is plain, but the user name or the password is missing',
        hint: 'set MSR_KAFKA_USERNAME and MSR_KAFKA_PASSWORD',
      }),
    );
    const settings = readSettings({ ...sasl, MSR_KAFKA_PASSWORD: SECRET });
    expect(settings.kafka.sasl).toEqual({ mechanism: 'plain', username: 'u', password: SECRET });
  });

  describe('MSK with IAM', () => {
    const iam = { ...complete, MSR_KAFKA_SASL_MECHANISM: 'aws-msk-iam', AWS_REGION: 'eu-central-1' };

    test('needs neither user nor password, and is TLS', () => {
      const { MSR_KAFKA_SSL: _, ...unset } = { MSR_KAFKA_SSL: undefined, ...iam };
      expect(readSettings(unset).kafka).toMatchObject({
        ssl: true,
        sasl: { mechanism: 'aws-msk-iam', region: 'eu-central-1' },
      });
    });

    test('is refused without TLS, and without a region', () => {
      expect(() => readSettings({ ...iam, MSR_KAFKA_SSL: 'false' })).toThrow(
        expect.objectContaining({
          message: 'MSR_KAFKA_SSL is false, and MSK takes IAM tokens over TLS alone',
          hint: expect.stringContaining('9098'),
        }),
      );
      expect(() => readSettings({ ...iam, MSR_KAFKA_SSL: 'true', AWS_REGION: undefined })).toThrow(
        expect.objectContaining({
          message: 'MSR_KAFKA_SASL_MECHANISM is aws-msk-iam, but no region is known',
          hint: "set AWS_REGION to the cluster's region",
        }),
      );
    });
  });

  test("the operator's authorities go with the URLs of servers that are elsewhere", () => {
    const settings = readSettings({
      ...complete,
      MSR_DATABASE_URL: 'postgres://db/msr',
      MSR_TARGET_DATABASE_URL: 'postgres://localhost/postgres',
      MSR_CA_FILE: '/ca.pem',
    });
    expect(settings.databaseUrl).toBe('postgres://db/msr?sslrootcert=%2Fca.pem');
    expect(settings.targetDatabaseUrl).toBe('postgres://localhost/postgres');
  });

  test('a command that needs less asks for less', () => {
    expect(readVaultSettings({ MSR_VAULT_URL: 'file:///v' })).toEqual({
      vaultUrl: 'file:///v',
      pgBin: undefined,
    });
    expect(readServers({ MSR_DATABASE_URL: 'postgres://db/msr' }).databaseUrl).toBe('postgres://db/msr');
    expect(() => readVaultSettings({})).toThrow('MSR_VAULT_URL is not set');
    expect(() => readServers({})).toThrow('MSR_DATABASE_URL is not set');
  });
});

test('a flag wins over its variable', () => {
  const env = { MSR_VAULT_URL: 'file:///variable', MSR_SINK_CONNECTOR: 'variable' };
  expect(flagsOver(env, { vaultUrl: 'file:///flag', kafkaSsl: true, json: true })).toEqual({
    MSR_VAULT_URL: 'file:///flag',
    MSR_SINK_CONNECTOR: 'variable',
    MSR_KAFKA_SSL: 'true',
  });
});

test('the name of a database is read and replaced as URLs write it', () => {
  expect(databaseName('postgres://db/m%20s%2Fr')).toBe('m s/r');
  expect(withDatabase('postgres://u:p@db:1/msr?sslmode=require', 'm s/r')).toBe(
    'postgres://u:p@db:1/m%20s%2Fr?sslmode=require',
  );
});
