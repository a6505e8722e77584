import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLE } from '../../lib/runtime/bundling.ts';
import { writeStatus } from '../../src/health/status/write-status.ts';
import { alarmDescription } from '../../src/paging/alarm-text.ts';
import { PagingVariable } from '../../src/paging/paging-environment.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { emulatorPython } from '../aws/cache.ts';
import { EMULATED_REGION, type Emulator, MINISTACK_ACCOUNT, startMinistack } from '../aws/emulators.ts';
import { recordScene } from '../aws/recording.ts';
import { JUDGED, NOBODY, recordedAs } from '../aws/scenes.ts';
import { run } from '../bed/run.ts';
import { waitFor } from '../bed/wait.ts';
import { AlertMailbox } from '../deploy/alert-mailbox.ts';
import { sampleStatus } from '../health/sample-status.ts';
import { ROOT } from '../lib/config/example.ts';
import {
  type PagerDutyEvent,
  ROUTING_KEY,
  type SlackMessage,
  startPagerDuty,
  startSlack,
} from './recorder.ts';

const BOOTSTRAP = fileURLToPath(new URL('../deploy/bootstrap', import.meta.url));
const ALARM = 'msr-emulated-bed-health-sink';
const DOCUMENTS = 'msr-documents';
const VAULT = `s3://msr-artifacts/bed?documents=${DOCUMENTS}`;

describe('an alarm that rings in an account', () => {
  let emulator: Emulator;
  let pagerDuty: Awaited<ReturnType<typeof startPagerDuty>>;
  let slack: Awaited<ReturnType<typeof startSlack>>;
  let mailbox: AlertMailbox;
  const before = { ...process.env };

  beforeAll(async () => {
    [emulator, pagerDuty, slack] = await Promise.all([startMinistack(), startPagerDuty(), startSlack()]);
    Object.assign(process.env, emulator.env);
    recordScene({ standsFor: { [DOCUMENTS]: '{docs}' } });
    await new S3Client({ forcePathStyle: true, ...NOBODY }).send(
      new CreateBucketCommand({ Bucket: DOCUMENTS }),
    );
    const [page = '', mail = ''] = await Promise.all(['page', 'mail'].map(topic));
    mailbox = await AlertMailbox.subscribe(emulator, mail);
    await subscribe(page, 'pager-duty', {
      [PagingVariable.secret]: await secret('paging', ROUTING_KEY),
      [PagingVariable.pagerDutyUrl]: pagerDuty.url,
    });
    await subscribe(page, 'slack', { [PagingVariable.secret]: await secret('paging-slack', slack.url) });
    await subscribe(page, 'mail', { [PagingVariable.mailTopic]: mail });
    await makeAlarm(page);
  });
  afterAll(async () => {
    process.env = before;
    await Promise.all([emulator?.stop(), pagerDuty?.stop(), slack?.stop()]);
  });

  async function topic(name: string): Promise<string> {
    const made = await new SNSClient(NOBODY).send(new CreateTopicCommand({ Name: `msr-emulated-${name}` }));
    return made.TopicArn ?? '';
  }

  async function secret(Name: string, SecretString: string): Promise<string> {
    const { ARN = '' } = await new SecretsManagerClient(NOBODY).send(
      new CreateSecretCommand({ Name, SecretString }),
    );
    const judged = `arn:aws:secretsmanager:${EMULATED_REGION}:${MINISTACK_ACCOUNT}:secret:${JUDGED.pagingSecret}-AbCdEf`;
    recordScene({ standsFor: { [ARN]: judged } });
    return ARN;
  }

  /** Bundled as it is deployed, in a runtime of the emulator's, called by a topic. */
  async function subscribe(TopicArn: string, service: string, variables: Record<string, string>) {
    const directory = await mkdtemp(join(tmpdir(), 'msr-notifier-'));
    buildSync({
      ...BUNDLE,
      entryPoints: [join(ROOT, `lambdas/paging/${service}.lambda.ts`)],
      outfile: join(directory, 'index.mjs'),
      logLevel: 'error',
    });
    await cp(BOOTSTRAP, join(directory, 'bootstrap'));
    await run(await emulatorPython(), ['-m', 'zipfile', '-c', 'code.zip', 'index.mjs', 'bootstrap'], {
      cwd: directory,
    });
    const made = await new LambdaClient(NOBODY).send(
      new CreateFunctionCommand({
        FunctionName: service,
        Code: { ZipFile: await readFile(join(directory, 'code.zip')) },
        Handler: 'index.handler',
        Runtime: 'provided.al2023',
        Role: `arn:aws:iam::${MINISTACK_ACCOUNT}:role/${service}`,
        Timeout: 60,
        Environment: {
          Variables: {
            ...variables,
            ...recordedAs(service),
            [PagingVariable.stage]: 'emulated',
            [PagingVariable.instances]: 'bed',
            [PagingVariable.vault]: VAULT.replace('bed', '{instance}'),
          },
        },
      }),
    );
    await rm(directory, { recursive: true });
    await new SNSClient(NOBODY).send(
      new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: made.FunctionArn }),
    );
  }

  async function makeAlarm(page: string): Promise<void> {
    await new CloudWatchClient(NOBODY).send(
      new PutMetricAlarmCommand({
        AlarmName: ALARM,
        AlarmDescription: alarmDescription({
          ...{ severity: 'page', what: 'Events do not reach the database.', first: 'read the trace.' },
          ...{
            recovery: 'Kafka keeps the events.',
            runbook: 'health-sink',
            runbookUrl: 'https://wiki/runbook',
          },
        }),
        ...{ AlarmActions: [page], OKActions: [page], EvaluationPeriods: 1, Threshold: 2 },
        ...{ ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'ignore' },
        ...{ Namespace: 'MSR', MetricName: 'CheckSeverity', Period: 900, Statistic: 'Maximum' },
      }),
    );
  }

  const set = (StateValue: 'ALARM' | 'OK') =>
    new CloudWatchClient(NOBODY).send(
      new SetAlarmStateCommand({ AlarmName: ALARM, StateValue, StateReason: 'the test says so' }),
    );
  const leave = (change: Parameters<typeof sampleStatus>[0]) =>
    writeStatus(openVault(VAULT), sampleStatus(change));

  it('is told by PagerDuty, Slack and mail in the same words, with what was measured', async () => {
    await leave({});
    pagerDuty.disturb(
      { status: 429, body: 'slower', headers: { 'retry-after': '0' } },
      { status: 503, body: 'later' },
    );
    await set('ALARM');
    await waitFor('everybody to be told', async () => pagerDuty.open.has(ALARM) && slack.taken.length === 1);
    const mail = await mailbox.waitFor(/Found: sink-running/, 30_000);
    const event = pagerDuty.open.get(ALARM) as Extract<PagerDutyEvent, { event_action: 'trigger' }>;
    const { text } = event.payload.custom_details as { text: string };
    expect(text).toMatch(
      /^What: Events do not reach the database\.\nHow bad: somebody is needed now\.\nSince: 2026-11-27T07:00:00\.000Z\nFound: sink-running: the sink is FAILED\n/,
    );
    expect(text).toContain(
      '\nRemedy: mend what the trace says\nFor a recovery: Kafka keeps the events.\nFirst: read the trace.\n',
    );
    expect(text).toContain('losing nothing');
    expect(event.payload.summary).toBe(`${ALARM}: the sink is FAILED`);
    expect(mail).toEqual({ subject: `${ALARM}: the sink is FAILED`, message: expect.stringContaining(text) });
    const [message] = slack.taken as SlackMessage[];
    const section = message?.blocks.find((block) => block.type === 'section');
    expect(section?.text?.text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')).toBe(
      text,
    );
    expect(text).not.toContain(ROUTING_KEY);
  });

  it('is over everywhere, and under the same key', async () => {
    const well = sampleStatus().results.map((each) => ({
      ...each,
      status: 'ok' as const,
      severity: 'none' as const,
    }));
    await leave({ results: well });
    await set('OK');
    await waitFor('everybody to be told', async () => pagerDuty.open.size === 0 && slack.taken.length === 2);
    const mail = await mailbox.waitFor(/^What: over: /, 30_000);
    expect(mail.message).toContain('\nNow: sink-lag: sink-lag is well\n');
    expect(pagerDuty.taken).toHaveLength(2);
    expect(mailbox.mails).toHaveLength(2);
  });
});
