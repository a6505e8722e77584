import { expect, test } from 'vitest';
import { assessTarget, fitForSink } from '../../../src/recovery/plan/assess-target.ts';
import { planRecovery } from '../../../src/recovery/plan/plan-recovery.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { freePort } from '../../bed/ports.ts';
import { SAMPLE_EBS_VOLUMES, sampleManifest } from '../../manifest/sample-manifest.ts';
import { assessment, RECOVERY_ID, request } from './sample-assessment.ts';

const { region, instanceId } = SAMPLE_EBS_VOLUMES;
const port = await freePort();

/** A recovery from volumes, to a server that does not run yet. */
function look(options: object) {
  const settings = readSettings({
    MSR_DATABASE_URL: 'postgres://msr@127.0.0.1:1/msr',
    MSR_TARGET_DATABASE_URL: `postgres://msr@127.0.0.1:${port}/msr`,
    MSR_VAULT_URL: 'file:///nowhere',
    MSR_KAFKA_BROKERS: '127.0.0.1:1',
    MSR_CONNECT_URL: 'http://127.0.0.1:1',
    MSR_STRATEGY: 'ebs',
    MSR_STRATEGY_OPTIONS: JSON.stringify(options),
  });
  return assessTarget(settings, { ...sampleManifest(), volumes: [SAMPLE_EBS_VOLUMES] }, 'volumes');
}

test('a server that the volumes come up on need not run yet', async () => {
  const restore = { recoveryInstanceId: 'i-0fedcba9876543210', commands: ['pg_ctl start'] };
  expect(await look({ region, instanceId, restore })).toMatchObject({
    cutover: 'redirect',
    fit: true,
    facts: [`127.0.0.1:${port} does not answer yet: the recovery brings the volumes up there`],
  });
});

test.each([
  [
    { region, instanceId },
    'the options of the strategy ebs name no recovery instance; set restore.recoveryInst',
  ],
  [{ region, instanceId: 'x' }, 'the options of the strategy ebs are wrong: ✖ expected an id of the form'],
])('what cannot be brought up is refused by the plan, not by the restore', async (options, said) => {
  const target = await look(options);
  const { refusal } = planRecovery(assessment({ target }), request(), RECOVERY_ID);
  expect(refusal).toContain(`127.0.0.1:${port} does not answer yet, and ${said}`);
  expect(refusal).not.toContain('\n');
});

// A reference of Kafka's ConfigProviders: only the worker knows what it holds.
test.each([
  [`\${file:/run/secrets/sink.properties:url}`, false],
  [`jdbc:postgresql://\${env:DB_HOST}:5432/msr`, false],
  [`jdbc:postgresql://db:5432/msr?sslmode=require&password=\${file:/run/secrets/sink:password}`, true],
  ['jdbc:oracle:thin:@db:1521/msr', false],
])('a redirect of a sink whose URL is %s is settled at the plan: %s', (url, fit) => {
  const fits = { ...assessment().target, cutover: 'redirect' as const, fit: true };
  const target = fitForSink(fits, { 'connection.url': url });
  expect(target.fit).toBe(fit);
  const { refusal = '' } = planRecovery(assessment({ target }), request(), RECOVERY_ID);
  expect(/its connection\.url is not jdbc/.test(refusal)).toBe(!fit);
  // Within one server nothing is changed in it.
  const same = { ...fits, cutover: 'rename' as const };
  expect(fitForSink(same, { 'connection.url': url })).toEqual(same);
});
