import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CHECK_NAMES, CHECKS } from '../../../src/health/checks.ts';
import { ROOT } from '../config/example.ts';
import { builtStage, stage } from '../stage.ts';

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
  readonly AlarmActions?: readonly unknown[];
  readonly OKActions?: readonly unknown[];
  readonly TreatMissingData: string;
  readonly ComparisonOperator: string;
  readonly Threshold: number;
}

const alarms = ['Stateful', 'Pipelines', 'Observability'].flatMap((name) =>
  ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    Object.values(example.stack(name).findResources(type)).map(({ Properties }) => Properties as Alarm),
  ),
);
/** They ring for others. */
const tellsNobody = ({ AlarmName }: Alarm) => /-leaf$|-backup-missing$|-health-quiet$/.test(AlarmName);

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
    '%s has a runbook, and tells somebody or rings for another that does',
    (name, alarm) => {
      const heading =
        /\nRunbook: https:\/\/wiki\.example\.com\/msr-recovery\/runbook#([a-z-]+)$/.exec(
          alarm.AlarmDescription,
        )?.[1] ?? '';
      expect(name.replace(/-(leaf|ticket)$/, '').endsWith(`-${heading}`)).toBe(true);
      expect(alarm.AlarmDescription).toMatch(/^\[(page|ticket)\] /);
      expect(alarm.AlarmActions ?? []).toHaveLength(tellsNobody(alarm) ? 0 : 1);
      if (tellsNobody(alarm)) expect(alarm.OKActions).toBeUndefined();
      for (const part of ['**Description.**', '**Investigation.**', '**Resolution.**']) {
        expect(headings.get(heading), `## ${heading}`).toContain(part);
      }
    },
  );
});

describe('what the health run finds', () => {
  const named = (name: string) => alarms.find(({ AlarmName }) => AlarmName === `msr-prod-az-a-${name}`);

  it.each(CHECK_NAMES)(
    '%s is told by itself or as a leaf of its cause, and has a heading that says when not to recover',
    (check) => {
      const { runbook: heading, worst } = CHECKS[check];
      const told = named(heading) ?? named('health-sink');
      expect(told?.AlarmDescription).toMatch(`[${worst}] `);
      expect(told?.AlarmDescription).toMatch(/\nFor a recovery: .+\nFirst: /);
      expect(headings.get(heading)).toContain('**When not to recover.**');
    },
  );

  it('may be answered by a recovery, whose input is ready to paste', () => {
    expect(named('health-database')?.AlarmDescription).toContain(
      "\nIf a recovery is the answer: aws stepfunctions start-execution --state-machine-arn arn:aws:states:eu-central-1:111122223333:stateMachine:msr-prod-az-a-recovery --input '{}'\n",
    );
    expect(named('health-sink')?.AlarmDescription).not.toContain('start-execution');
  });

  it('is looked at as often as the configuration says, and silence is told within two periods', () => {
    const template = stage(['instances.0.health', { everyMinutes: 5 }]);
    template.stack('Pipelines').hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'msr-prod-az-a-health',
      ScheduleExpression: 'rate(5 minutes)',
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 }, DeadLetterConfig: Match.absent() },
    });
    template.stack('Observability').hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'msr-prod-az-a-health-silent',
      EvaluationPeriods: 14,
      TreatMissingData: 'breaching',
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'FILL(runs, 0)' }),
        Match.objectLike({ MetricStat: Match.objectLike({ Period: 60 }) }),
      ]),
    });
  });

  it('does not end what has happened because minutes pass', () => {
    for (const name of ['backup-failed', 'recovery-failed']) expect(named(name)?.OKActions).toBeUndefined();
  });
});

describe('where nobody says where the runbook can be read', () => {
  const { observability: unlinked } = builtStage(['alerts.runbookUrl', undefined]);

  it('alarms name the heading, and no path that opens nothing', () => {
    const found = Object.values(Template.fromStack(unlinked).findResources('AWS::CloudWatch::Alarm'));
    expect(found.length).toBeGreaterThan(0);
    for (const { Properties } of found) {
      const { AlarmName, AlarmDescription } = Properties as Alarm;
      const heading = /\nRunbook: the heading ([a-z-]+) of docs\/runbook\.md /.exec(AlarmDescription)?.[1];
      expect(AlarmName.replace(/-(leaf|ticket)$/, '').endsWith(`-${heading}`)).toBe(true);
    }
  });

  it('the synthesis says so, with a HINT', () => {
    const said = Match.stringLikeRegexp(
      '^alerts\\.runbookUrl is not set: .*\nHINT: publish docs/runbook.md ',
    );
    Annotations.fromStack(unlinked).hasWarning('*', said);
  });
});

describe('a recovery that ended with its plan', () => {
  const filter = Object.values(example.stack('Pipelines').findResources('AWS::Logs::MetricFilter')).map(
    ({ Properties }) => Properties,
  );

  it('is no failure that wakes somebody', () => {
    const [{ FilterPattern = '', MetricTransformations = [] } = {}] = filter;
    const metric = { MetricName: 'RecoveryFailures prod/az-a', MetricNamespace: 'MSR', MetricValue: '1' };
    expect(MetricTransformations).toEqual([metric]);
    expect(FilterPattern).toContain('($.type = "ExecutionFailed")');
    const errors = ['RecoveryRefused', 'ApprovalExpired', 'ApprovalDeniedError'];
    for (const error of errors) expect(FilterPattern).toContain(`($.details.error != "${error}")`);
    observability.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'msr-prod-az-a-recovery-failed',
      Metrics: Match.arrayWith([
        Match.objectLike({
          Id: 'failed',
          MetricStat: Match.objectLike({
            Metric: { MetricName: metric.MetricName, Namespace: 'MSR' },
            Stat: 'Sum',
          }),
        }),
      ]),
    });
  });

  it('is called as the definition ends', () => {
    const text = JSON.stringify(example.template);
    for (const error of ['RecoveryRefused', 'ApprovalExpired'])
      expect(text).toContain(`\\"Error\\":\\"${error}\\"`);
  });
});

describe('the dead man’s switch', () => {
  const frequencies = (
    [
      // 24 h, the longer night, the window, 90 min of maintenance, and a dump of 100 GiB.
      ['daily', 29],
      ['twice-daily', 17],
      ['hourly', 6],
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
      // The page, and a topic under no key that is watched.
      Targets: [
        Match.objectLike({ DeadLetterConfig: Match.anyValue() }),
        Match.objectLike({ DeadLetterConfig: Match.anyValue() }),
      ],
    });
    expect(headings.has('key-endangered')).toBe(true);
  });

  const otherAccount = stage(['account', '111122223333'], ['vault.replication.account', '222233334444']);

  it.each([
    ['in the same account', example],
    ['in another one', otherAccount],
  ])('of the copy’s key is told of where that key is: %s', (_, { stack }) => {
    const replica = stack('Replica');
    const [keyId = ''] = Object.keys(replica.findResources('AWS::KMS::Key'));
    replica.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.kms'],
        detail: {
          $or: [
            { resources: { ARN: [{ 'Fn::GetAtt': [keyId, 'Arn'] }] } },
            { requestParameters: { keyId: [{ 'Fn::GetAtt': [keyId, 'Arn'] }, { Ref: keyId }] } },
          ],
        },
      },
    });
    replica.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email' });
  });

  it.each([
    ['Stateful', 'msr-prod-keys', example],
    ['Replica', 'msr-prod-copy-keys', example],
  ])('is told of on a topic that no key of ours can silence: %s', (stack, TopicName, { stack: of }) => {
    const topics = of(stack).findResources('AWS::SNS::Topic', { Properties: { TopicName } });
    expect(Object.values(topics).map(({ Properties }) => Properties.KmsMasterKeyId)).toEqual([undefined]);
  });

  it('is seen by a trail of every account that has a key, unless there is one', () => {
    const trails = (built: ReturnType<typeof stage>, stack: string) =>
      Object.values(built.stack(stack).findResources('AWS::CloudTrail::Trail')).map(
        ({ Properties }) => Properties,
      );
    expect(trails(example, 'Stateful')).toMatchObject([
      {
        IsLogging: true,
        IsMultiRegionTrail: true,
        EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }],
      },
    ]);
    expect(trails(example, 'Replica')).toEqual([]);
    expect(trails(otherAccount, 'Replica')).toHaveLength(1);
    const given = stage(['alerts.trail', 'existing']);
    expect([...trails(given, 'Stateful'), ...trails(given, 'Replica')]).toEqual([]);
  });

  it('and alarms reach the encrypted topics', () => {
    const stateful = example.stack('Stateful');
    for (const severity of ['page', 'ticket']) {
      stateful.hasResourceProperties('AWS::SNS::Topic', {
        TopicName: `msr-prod-${severity}`,
        KmsMasterKeyId: Match.anyValue(),
      });
    }
    const lets = (Service: string, topic: string) => ({
      Topics: [{ Ref: Match.stringLikeRegexp(topic) }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Allow', Principal: { Service }, Action: 'sns:Publish' }),
        ]),
      },
    });
    for (const topic of ['^Alertspage', '^Alertsticket']) {
      stateful.hasResourceProperties('AWS::SNS::TopicPolicy', lets('cloudwatch.amazonaws.com', topic));
    }
    // The rule on keys pages; no event is a ticket.
    stateful.resourcePropertiesCountIs(
      'AWS::SNS::TopicPolicy',
      lets('events.amazonaws.com', '^Alertspage'),
      1,
    );
    stateful.resourcePropertiesCountIs(
      'AWS::SNS::TopicPolicy',
      lets('events.amazonaws.com', '^Alertsticket'),
      0,
    );
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
