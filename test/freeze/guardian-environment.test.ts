import { expect, it } from 'vitest';
import { guardianEnvironment } from '../../lambdas/freeze/guardian-environment.ts';
import { readSettings } from '../../lambdas/settings.ts';

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
