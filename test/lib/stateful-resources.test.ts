import { expect, it } from 'vitest';
import { stage } from './stage.ts';

/**
 * What a stack's user finds after the next deployment where such a resource got another logical id, or none.
 */
const LOSS: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket':
    'a second, empty bucket takes its name, or fails on it; the backups stay behind, unmanaged',
  'AWS::KMS::Key': 'new objects have another key; whoever disables the old one makes every backup unreadable',
  'AWS::KMS::Alias': 'the old and the new one have one name: the deployment fails half-way',
  'AWS::SecretsManager::Secret': 'an empty secret takes its place: no backup until somebody writes it again',
  'AWS::SNS::Topic': 'a topic without confirmed subscribers: pages reach nobody until each confirms again',
  'AWS::SNS::Subscription': 'unconfirmed: pages do not reach this one until it confirms again',
  'AWS::SQS::Queue': 'what could not be delivered is deleted unread',
  'AWS::Scheduler::ScheduleGroup':
    'the guardians of running operations are deleted: their sinks may stay paused',
};

/**
 * As they were first deployed. A logical id is made of a construct's path: a construct that is renamed or
 * moved replaces what is there. Change a line only where a resource is new, or is migrated by hand.
 */
const DEPLOYED = [
  'Observability KeyWatchUndeliveredD6124D96 AWS::SQS::Queue Delete',
  'Observability NotifiersUndelivered47E1A365 AWS::SQS::Queue Delete',
  'Pipelines azaDeadLetters933B89D9 AWS::SQS::Queue Delete',
  'Pipelines azaJanitorGuardiansGroupB08F6C45 AWS::Scheduler::ScheduleGroup Delete',
  'Pipelines azaSecret016741FF AWS::SecretsManager::Secret RetainExceptOnCreate',
  'Replica AccessLogs8B620ECA AWS::S3::Bucket RetainExceptOnCreate',
  'Replica Copy1ED8A51E AWS::S3::Bucket RetainExceptOnCreate',
  'Replica Key961B73FD AWS::KMS::Key Retain',
  'Replica KeyAlias910D852D AWS::KMS::Alias Delete',
  'Replica KeyEventsTopic8F6322D7 AWS::SNS::Topic Delete',
  'Replica KeyEventsTopiconcallexamplecom21806C8B AWS::SNS::Subscription Delete',
  'Replica KeyEventsUndelivered9C327A12 AWS::SQS::Queue Delete',
  'Replica KeyWatchUndeliveredD6124D96 AWS::SQS::Queue Delete',
  'Stateful AlertsUndelivered89951F36 AWS::SQS::Queue Delete',
  'Stateful AlertsmailC2651F35 AWS::SNS::Topic Delete',
  'Stateful AlertsmailoncallexamplecomFFFD65CB AWS::SNS::Subscription Delete',
  'Stateful AlertspageB69D2705 AWS::SNS::Topic Delete',
  'Stateful Alertsticket638E93BE AWS::SNS::Topic Delete',
  'Stateful KeyEventsTopic8F6322D7 AWS::SNS::Topic Delete',
  'Stateful KeyEventsTopiconcallexamplecom21806C8B AWS::SNS::Subscription Delete',
  'Stateful KeyEventsUndelivered9C327A12 AWS::SQS::Queue Delete',
  'Stateful OperationsKey2329F47A AWS::KMS::Key Retain',
  'Stateful OperationsKeyAlias401EEA42 AWS::KMS::Alias Delete',
  'Stateful VaultAccessLogsC5E11DDC AWS::S3::Bucket RetainExceptOnCreate',
  'Stateful VaultArtifacts173972A8 AWS::S3::Bucket RetainExceptOnCreate',
  'Stateful VaultDocuments22BD89FC AWS::S3::Bucket RetainExceptOnCreate',
  'Stateful VaultKeyAlias45F154F8 AWS::KMS::Alias Delete',
  'Stateful VaultKeyCB88EF1A AWS::KMS::Key Retain',
];

const { templates } = stage();
const resources = Object.entries(templates).flatMap(([name, { Resources }]) =>
  Object.entries(Resources).map(([id, resource]) => ({ name, id, ...resource }) as const),
);

it('keeps the logical ids of what holds state, and what happens to it when it leaves the stack', () => {
  const stateful = resources
    // A Lambda confirms by itself.
    .filter(({ Type, Properties }) => LOSS[Type] !== undefined && Properties?.['Protocol'] !== 'lambda')
    .map(({ name, id, Type, DeletionPolicy = 'Delete' }) => `${name} ${id} ${Type} ${DeletionPolicy}`);

  const withLoss = (lines: readonly string[]) =>
    lines.map((line) => `${line} // ${LOSS[line.split(' ')[2] ?? '']}`).sort();
  expect(withLoss(stateful)).toEqual(withLoss(DEPLOYED));
});

it('retains nothing that the table leaves out', () => {
  const retained = resources.filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'));

  expect(retained.length).toBeGreaterThan(0);
  expect(retained.filter(({ Type }) => LOSS[Type] === undefined)).toEqual([]);
});
