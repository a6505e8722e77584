import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stage } from '../stage.ts';

const pipelines = stage().stack('Pipelines');

describe('what a clock calls', () => {
  it.each([
    ['retention', 'cron(0 12 * * ? *)'],
    ['doctor', 'cron(15 */6 * * ? *)'],
  ])(
    'runs %s on schedule, in the time zone of the stage, with a queue for what was not delivered',
    (what, cron) => {
      pipelines.hasResourceProperties('AWS::Scheduler::Schedule', {
        Name: `msr-prod-az-a-${what}`,
        ScheduleExpression: cron,
        ScheduleExpressionTimezone: Match.anyValue(),
        Target: Match.objectLike({ DeadLetterConfig: Match.anyValue(), RoleArn: Match.anyValue() }),
      });
    },
  );

  it('tells retention what is kept, and the doctor when backups are taken', () => {
    const functions = Object.values(pipelines.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.Environment?.Variables ?? {},
    );
    expect(functions).toContainEqual(
      expect.objectContaining({
        MSR_KEEP_DAILY: '14',
        MSR_BACKUP_CRON: expect.stringMatching(/^\d+ \d+ \* \* \*$/),
      }),
    );
  });

  it('lets the doctor put metrics of our namespace only', () => {
    pipelines.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('HousekeepingDoctor') }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'cloudwatch:PutMetricData',
            Condition: { StringEquals: { 'cloudwatch:namespace': 'MSR' } },
          }),
        ]),
      },
    });
  });
});
