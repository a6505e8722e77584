import { describe, expect, it } from 'vitest';
import { withDatabase } from '../../src/clients/postgres-url.ts';
import { guardianEnvironment } from '../../src/freeze/guardian-environment.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { testCertificate } from '../clients/test-certificate.ts';

const pair = testCertificate();
const env = {
  MSR_DATABASE_URL: 'postgres://u:p@db:5432/msr',
  MSR_TARGET_DATABASE_URL: 'postgres://s:p@db:5432/postgres',
  MSR_VAULT_URL: 'file:///vault',
  MSR_KAFKA_BROKERS: 'k1:9092,k2:9092',
  MSR_KAFKA_SSL: 'true',
  MSR_KAFKA_SASL_MECHANISM: 'plain',
  MSR_KAFKA_USERNAME: 'user',
  MSR_KAFKA_PASSWORD: 'secret',
  MSR_CONNECT_URL: 'http://connect:8083',
  MSR_CONNECT_USERNAME: 'msr',
  MSR_CONNECT_PASSWORD: 'connect-secret',
  MSR_KAFKA_CLIENT_CERT: pair.certificate,
  MSR_KAFKA_CLIENT_KEY: pair.key,
  MSR_CONNECT_CLIENT_CERT: pair.certificate,
  MSR_CONNECT_CLIENT_KEY: pair.key,
  MSR_CONNECTOR_SECRETS: '{"sink":{"connection.password":"planted"}}',
  MSR_SINK_CONNECTOR: 'sink',
  MSR_PG_BIN: '/pg/bin',
  MSR_MAINTENANCE_TIME_ZONE: 'Europe/Berlin',
  MSR_STRATEGY: 'ebs',
  MSR_STRATEGY_OPTIONS: '{"instanceId":"i-0a1b2c3d4e5f60718"}',
};

it('gives the guardian the settings in force, whatever its own environment says, and no failpoint', () => {
  const settings = readSettings(env);
  const inherited = { PATH: '/bin', MSR_CONNECT_URL: 'http://stale:1', MSR_FAILPOINT: 'sink-stop.after' };
  const given = guardianEnvironment(settings, inherited);
  expect(given).toEqual({ PATH: '/bin', ...env });
  expect(readSettings(given)).toEqual(settings);
});

describe('with a secret', () => {
  const {
    MSR_DATABASE_URL: live,
    MSR_TARGET_DATABASE_URL: target,
    MSR_KAFKA_PASSWORD: password,
    ...rest
  } = env;
  const secret = {
    MSR_DATABASE_URL: live,
    MSR_TARGET_DATABASE_URL: target,
    MSR_KAFKA_PASSWORD: password,
  };
  const inherited = { ...rest, MSR_SECRET_ID: 'msr/prod' };
  const settings = readSettings({ ...inherited, ...secret });

  it('leaves there what comes from there, and the guardian reads the same settings', () => {
    const given = guardianEnvironment(settings, inherited, secret);
    expect(given).toEqual(inherited);
    expect(readSettings({ ...secret, ...given })).toEqual(settings);
  });

  it('leaves URLs there that were derived from it', () => {
    const derived = {
      ...settings,
      targetDatabaseUrl: withDatabase(target, 'template1'),
      databaseUrl: withDatabase(target, 'msr'),
    };
    expect(guardianEnvironment(derived, inherited, secret)).toEqual(inherited);
    const { MSR_TARGET_DATABASE_URL: _, ...liveOnly } = secret;
    expect(guardianEnvironment(readSettings({ ...inherited, ...liveOnly }), inherited, liveOnly)).toEqual(
      inherited,
    );
  });

  it('hands over what a flag has set instead', () => {
    const other = 'postgres://u:other@elsewhere:5432/msr';
    const flagged = readSettings({ ...inherited, ...secret, MSR_DATABASE_URL: other });
    expect(guardianEnvironment(flagged, inherited, secret)).toEqual({
      ...inherited,
      MSR_DATABASE_URL: other,
    });
  });
});
