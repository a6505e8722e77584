import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { handler } from '../../lambdas/janitor/janitor.lambda.ts';
import { idOfExecution } from '../../src/core/ids.ts';
import { readFreeze } from '../../src/freeze/freeze-record.ts';
import { GuardianVariable } from '../../src/freeze/guardian-schedule.ts';
import { acquireLock, currentOwner } from '../../src/vault/lock.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { type Emulator, MOTO_ACCOUNT, startMoto } from '../aws/emulators.ts';
import { recordScene } from '../aws/recording.ts';
import { JUDGED, NOBODY, recordedAs } from '../aws/scenes.ts';
import type { Msr } from '../bed/msr.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { waitFor } from '../bed/wait.ts';
import { runChild, sinkState, someEvents, tally } from '../freeze/scene.ts';
import { whileAlive } from '../vault/living-lock.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { type Pager, startPager } from './pager.ts';

const GROUP = 'msr-test-guardians';
const CLUSTER = 'msr-cluster';
const JANITOR = `arn:aws:lambda:eu-west-1:${MOTO_ACCOUNT}:function:janitor`;
const MACHINE = `arn:aws:states:eu-west-1:${MOTO_ACCOUNT}:stateMachine:msr-test-az-a-backup`;

const bed = sharedBed();
let msr: Msr;
let moto: Emulator;
let deployed: Readonly<Record<string, string>>;
let directory: string;
let vault: Vault;
let pager: Pager;
let runs = 0;
let produced = 0;

beforeAll(async () => {
  // The Lambda's log.
  vi.spyOn(console, 'log').mockImplementation(() => {});
  [msr, moto] = await Promise.all([bed.createMsr({ name: 'janitor', tasks: 2 }), startMoto()]);
  pager = await startPager();
  const { TopicArn = '' } = await inMoto(SNSClient).send(new CreateTopicCommand({ Name: 'alerts' }));
  await inMoto(SNSClient).send(
    new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: pager.endpoint }),
  );
  await inMoto(SchedulerClient).send(new CreateScheduleGroupCommand({ Name: GROUP }));
  await inMoto(ECSClient).send(new CreateClusterCommand({ clusterName: CLUSTER }));
  recordScene({
    standsFor: {
      [GROUP]: JUDGED.guardians,
      [CLUSTER]: '{AWS::ECS::Cluster}',
      'function:janitor': 'function:{AWS::Lambda::Function Janitor}',
      'role/guardian': 'role/{AWS::IAM::Role Guardians}',
      [TopicArn]: `arn:aws:sns:eu-west-1:${MOTO_ACCOUNT}:${JUDGED.topic}`,
    },
  });
  deployed = {
    ...moto.env,
    ...recordedAs('janitor'),
    [GuardianVariable.group]: GROUP,
    [GuardianVariable.target]: JANITOR,
    [GuardianVariable.role]: `arn:aws:iam::${MOTO_ACCOUNT}:role/guardian`,
    MSR_CLUSTER_ARN: CLUSTER,
    MSR_ALERT_TOPIC_ARN: TopicArn,
    MSR_INSTANCE: 'az-a',
  };
});
afterAll(async () => {
  await moto?.stop();
  await pager?.close();
  await msr?.drop();
});

beforeEach(async () => {
  directory = temporaryDirectory();
  vault = openVault(`file://${directory}`);
  Object.assign(process.env, msr.env(directory), deployed);
  runs += 1;
  await msr.produce(someEvents(msr, 100, produced + 1));
  produced += 100;
  await msr.waitForEvents(produced);
});

function inMoto<C>(client: new (config: Record<string, unknown>) => C): C {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new client({ endpoint: moto.endpoint, region: 'eu-west-1', credentials, ...NOBODY });
}

interface Run {
  readonly arn: string;
  readonly startedAt: string;
  readonly backupId: string;
}

/** A backup's execution whose task was killed while the sink stood still. */
async function killTask(): Promise<Run> {
  const arn = `${MACHINE.replace('stateMachine', 'execution')}:run-${runs}`;
  const startedAt = new Date(Date.now() - 60_000).toISOString();
  const backupId = idOfExecution({ id: arn, startedAt });
  const { id: lockId } = await acquireLock(vault, { purpose: 'backup', executionArn: arn });
  const variables = {
    MSR_TASK_TOKEN: 'token',
    MSR_OPERATION_ID: backupId,
    MSR_LOCK_ID: lockId,
    MSR_IGNORE_MAINTENANCE: 'true',
  };
  const env = { ...msr.env(directory), ...deployed, ...recordedAs('task'), ...variables };
  const child = await runChild('../../bin/msr.ts', ['task', 'backup'], env, 'sink-stop.after');
  expect(child, child.said).toMatchObject({ signal: 'SIGKILL' });
  // It was killed as soon as the worker had taken the STOP; the worker's status follows.
  await waitFor('the sink to be told as STOPPED', async () => (await sinkState(msr)) === 'STOPPED');
  return { arn, startedAt, backupId };
}

/** The schedule that the killed task had armed: what it would send, and when it is due. */
async function guardian(): Promise<{ input: unknown; due: string; name: string } | undefined> {
  const scheduler = inMoto(SchedulerClient);
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName: GROUP }));
  const freeze = await readFreeze(vault, msr.connector);
  const Name = Schedules.map(({ Name = '' }) => Name).find((name) => name.endsWith(freeze?.record.id ?? '?'));
  if (Name === undefined) return undefined;
  const { Target, ScheduleExpression = '' } = await scheduler.send(
    new GetScheduleCommand({ GroupName: GROUP, Name }),
  );
  return { name: Name, input: JSON.parse(Target?.Input ?? ''), due: ScheduleExpression };
}

const call = (event: unknown) => handler(event, { invokedFunctionArn: JANITOR });

const ended = ({ arn, startedAt }: Run, status = 'ABORTED') => ({
  'detail-type': 'Step Functions Execution Status Change',
  detail: { executionArn: arn, stateMachineArn: MACHINE, status, startDate: Date.parse(startedAt) },
});

async function expectInOrder(): Promise<void> {
  expect(await sinkState(msr)).toBe('RUNNING');
  expect(await readFreeze(vault, msr.connector)).toBeUndefined();
  expect(await vault.list(VaultPath.backups)).toEqual([]);
  expect(await currentOwner(vault)).toBeUndefined();
  await msr.produce(someEvents(msr, 100, produced + 1));
  produced += 100;
  await msr.waitForEvents(produced);
  expect(await tally(msr)).toEqual({ rows: produced, numbers: produced });
}

it('after an aborted execution: the sink runs, the lock is free, nothing of the backup stays; twice the same', async () => {
  const run = await killTask();
  expect(await currentOwner(vault)).toMatchObject({ arn: run.arn });
  const report = await call(ended(run));
  expect(report.sink).toEqual({ state: 'running', resumed: true });
  expect(report.done).toEqual([
    `resumed ${msr.connector}`,
    `removed what the aborted backup ${run.backupId} left`,
    'gave back the lock of the execution',
  ]);
  await expectInOrder();
  expect(await pager.next()).toBe('[MSR az-a] msr-test-az-a-backup was aborted');
  expect(await call(ended(run))).toMatchObject({ done: [], sink: { state: 'running', resumed: false } });
  expect(await pager.next()).toBe('[MSR az-a] msr-test-az-a-backup was aborted');
  await expectInOrder();
});

it('called by the guardian that the killed task left: the sink runs while the execution keeps its lock', async () => {
  const run = await killTask();
  const armed = await guardian();
  expect(armed?.due).toMatch(/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/);
  const report = await call(armed?.input);
  expect(report).toMatchObject({
    done: [`resumed ${msr.connector}`],
    sink: { state: 'running', resumed: true },
  });
  expect(await pager.next()).toBe(`[MSR az-a] ${run.backupId} died while ${msr.connector} was stopped`);
  expect(await sinkState(msr)).toBe('RUNNING');
  expect(await currentOwner(vault)).toMatchObject({ arn: run.arn });
  // A second delivery, or a guardian of a freeze that ended well.
  expect(await call(armed?.input)).toMatchObject({ done: [], sink: { state: 'untouched' } });
  await call(ended(run, 'FAILED'));
  // The second delivery was no news.
  expect(await pager.next()).toBe('[MSR az-a] msr-test-az-a-backup failed');
  await expectInOrder();
});

it('called for the stopped task itself: the sink runs at once, and a later freeze is left alone', async () => {
  const run = await killTask();
  const stopped = (stoppedAt: Date) => ({
    'detail-type': 'ECS Task State Change',
    detail: {
      taskArn: `arn:aws:ecs:eu-west-1:${MOTO_ACCOUNT}:task/${CLUSTER}/1`,
      lastStatus: 'STOPPED',
      startedBy: run.backupId,
      stoppedAt: stoppedAt.toISOString(),
      stoppedReason: 'OutOfMemoryError: container killed due to memory usage',
    },
  });
  // The event of an earlier task of the same backup, delivered late.
  expect(await call(stopped(new Date(run.startedAt)))).toMatchObject({ sink: { state: 'untouched' } });
  expect(await sinkState(msr)).toBe('STOPPED');
  expect(await call(stopped(new Date()))).toMatchObject({ sink: { state: 'running', resumed: true } });
  expect(await pager.next()).toBe(`[MSR az-a] a task of ${run.backupId} ended while the sink was stopped`);
  await call(ended(run));
  expect(await pager.next()).toMatch(/was aborted$/);
  await expectInOrder();
});

it('leaves the sink to another operation that lives', async () => {
  const run = await killTask();
  await vault.deleteDocument(VaultPath.operationLock);
  const executionArn = 'arn:aws:states:eu-west-1:1:execution:recovery:other';
  const other = await acquireLock(vault, { purpose: 'recover', executionArn });
  const report = await whileAlive(vault, other.id, () => call(ended(run, 'TIMED_OUT')));
  expect(report.sink).toMatchObject({ state: 'left to another operation' });
  expect(await sinkState(msr)).toBe('STOPPED');
  expect(await currentOwner(vault)).toMatchObject({ arn: executionArn });
  await other.release();
  await call(ended(run, 'TIMED_OUT'));
  for (const _ of [1, 2]) expect(await pager.next()).toBe('[MSR az-a] msr-test-az-a-backup timed out');
  await expectInOrder();
});

it('calls itself again where the sink cannot be resumed, and says so', async () => {
  const run = await killTask();
  const armed = await guardian();
  // No Kafka Connect: it answers 404.
  process.env['MSR_CONNECT_URL'] = `${moto.endpoint}/nothing`;
  const report = await call(armed?.input);
  expect(report.sink).toMatchObject({ state: 'stands still', triedAgainAt: expect.any(String) });
  expect(await pager.next()).toMatch(/^\[MSR az-a\] THE SINK STANDS STILL: /);
  const again = await guardian();
  expect(again).toMatchObject({ name: armed?.name, input: { guardian: { attempt: 2 } } });
  Object.assign(process.env, msr.env(directory));
  await call(again?.input);
  expect(await sinkState(msr)).toBe('RUNNING');
  await call(ended(run));
  await expectInOrder();
});
