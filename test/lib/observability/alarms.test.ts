import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../../../lib/app.ts';
import { exampleConfig, ROOT } from '../config/example.ts';
import { stage } from '../stage.ts';

const example = stage();
const observability = example.stack('Observability');
const runbook = readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8');

/** The text under each `## heading`. */
const headings = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
);

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly unknown[];
  readonly TreatMissingData: string;
  readonly ComparisonOperator: string;
  readonly Threshold: number;
}

const alarms = ['Stateful', 'Pipelines', 'Observability'].flatMap((name) =>
  Object.values(example.stack(name).findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties as Alarm,
  ),
);

describe('every page of the janitor and of the keys', () => {
  it.each(['execution-failed', 'sink-left-stopped', 'key-endangered'])('%s has a runbook', (heading) => {
    expect(headings.get(heading)).toContain('**Resolution.**');
  });
});

describe('every alarm', () => {
  it('is there', () => {
    expect(alarms.map(({ AlarmName }) => AlarmName).sort()).toEqual(
      expect.arrayContaining([
        'msr-prod-az-a-backup-failed',
        'msr-prod-az-a-backup-missing',
        'msr-prod-az-a-dead-letters',
        'msr-prod-az-a-recovery-failed',
        'msr-prod-undelivered-alerts',
        'msr-prod-undelivered-key-events',
      ]),
    );
  });

  it.each(alarms.map((alarm) => [alarm.AlarmName, alarm] as const))(
    '%s has a runbook and tells somebody',
    (name, alarm) => {
      const heading =
        / Runbook: https:\/\/wiki\.example\.com\/msr-recovery\/runbook#([a-z-]+)$/.exec(
          alarm.AlarmDescription,
        )?.[1] ?? '';
      expect(name.endsWith(`-${heading}`)).toBe(true);
      expect(alarm.AlarmDescription).toMatch(/^\[(page|ticket)\] /);
      expect(alarm.AlarmActions).toHaveLength(1);
      for (const part of ['**Description.**', '**Investigation.**', '**Resolution.**']) {
        expect(headings.get(heading), `## ${heading}`).toContain(part);
      }
    },
  );
});

describe('where nobody says where the runbook can be read', () => {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  const config = exampleConfig(['alerts.runbookUrl', undefined]);
  const { observability: unlinked } = buildApp(app, config, { imageDirectory: ROOT });

  it('alarms name the heading, and no path that opens nothing', () => {
    const found = Object.values(Template.fromStack(unlinked).findResources('AWS::CloudWatch::Alarm'));
    expect(found.length).toBeGreaterThan(0);
    for (const { Properties } of found) {
      const { AlarmName, AlarmDescription } = Properties as Alarm;
      const heading = / Runbook: the heading ([a-z-]+) of docs\/runbook\.md /.exec(AlarmDescription)?.[1];
      expect(AlarmName.endsWith(`-${heading}`)).toBe(true);
    }
  });

  it('the synthesis says so, with a HINT', () => {
    const said = Match.stringLikeRegexp(
      '^alerts\\.runbookUrl is not set: .*\nHINT: publish docs/runbook.md ',
    );
    Annotations.fromStack(unlinked).hasWarning('*', said);
  });
});

describe('the dead man’s switch', () => {
  const frequencies = (
    [
      ['daily', 25],
      ['twice-daily', 13],
      ['hourly', 2],
    ] as const
  ).map(([frequency, hours]) => {
    const template = stage(['instances.0.schedule.frequency', frequency]).stack('Observability');
    return { frequency, hours, template };
  });

  it.each(frequencies)(
    'of a $frequency backup rings after $hours hours of silence',
    ({ hours, template }) => {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: 'msr-prod-az-a-backup-missing',
        Namespace: 'MSR',
        MetricName: 'BackupAgeSeconds',
        // As the Lambda that counts them says it: MSR_INSTANCE.
        Dimensions: [{ Name: 'Instance', Value: 'prod/az-a' }],
        Statistic: 'SampleCount',
        Period: 3600,
        EvaluationPeriods: hours,
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      });
      const container = { Environment: Match.arrayWith([{ Name: 'MSR_INSTANCE', Value: 'prod/az-a' }]) };
      example.stack('Pipelines').hasResourceProperties('AWS::ECS::TaskDefinition', {
        ContainerDefinitions: [Match.objectLike(container)],
      });
    },
  );
});

describe('whoever endangers a key', () => {
  it('is told of, allowed or denied, by id or by ARN', () => {
    observability.hasResourceProperties('AWS::Events::Rule', {
      Name: 'msr-prod-key-endangered',
      EventPattern: {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventName: [
            'ScheduleKeyDeletion',
            'DisableKey',
            'DisableKeyRotation',
            'DeleteImportedKeyMaterial',
            'PutKeyPolicy',
          ],
          $or: [{ resources: { ARN: Match.anyValue() } }, { requestParameters: { keyId: Match.anyValue() } }],
        },
      },
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
    expect(headings.has('key-endangered')).toBe(true);
  });

  it('and alarms reach the encrypted topics', () => {
    const stateful = example.stack('Stateful');
    stateful.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    const lets = (Service: string) => ({
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Allow', Principal: { Service }, Action: 'sns:Publish' }),
        ]),
      },
    });
    stateful.allResourcesProperties('AWS::SNS::TopicPolicy', lets('cloudwatch.amazonaws.com'));
    // The rule on keys pages; no event is a ticket.
    stateful.resourcePropertiesCountIs('AWS::SNS::TopicPolicy', lets('events.amazonaws.com'), 1);
    stateful.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Sid: 'Alarms' }),
          Match.objectLike({ Sid: 'Events' }),
        ]),
      },
    });
  });
});
