import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesizedStage } from '../synthesized.ts';

const { template: synthesizedTemplate, stateMachines } = synthesizedStage();
const template = Template.fromJSON(synthesizedTemplate as unknown as Record<string, unknown>);
const janitor = { 'Fn::GetAtt': [Match.stringLikeRegexp('JanitorFunction'), 'Arn'] };

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

function statements(policyName: RegExp): Statement[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => policyName.test(id))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
}

const allowed = (policyName: RegExp, action: string) =>
  statements(policyName).filter(({ Action }) => [Action].flat().includes(action));

describe('the janitor', () => {
  it.each(['backup', 'recovery'])('is called for each %s that no Catch is told of', (operation) => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [{ Ref: stateMachines[operation] }],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      State: 'ENABLED',
      Targets: [Match.objectLike({ Arn: janitor, DeadLetterConfig: Match.anyValue() })],
    });
  });

  it('is called for each task of its cluster that stopped', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          clusterArn: [Match.anyValue()],
          lastStatus: ['STOPPED'],
          startedBy: [{ exists: true }],
        },
      },
      Targets: [Match.objectLike({ Arn: janitor })],
    });
  });

  it('is what the tasks’ guardians call', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Environment: Match.arrayWith([
            Match.objectLike({ Name: 'MSR_GUARDIAN_SCHEDULE_GROUP' }),
            Match.objectLike({ Name: 'MSR_GUARDIAN_TARGET_ARN', Value: janitor }),
            Match.objectLike({ Name: 'MSR_GUARDIAN_ROLE_ARN' }),
          ]),
        }),
      ],
    });
  });

  it('knows the cluster and where to arm itself anew', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 900,
      Environment: {
        Variables: Match.objectLike({
          MSR_CLUSTER_ARN: Match.anyValue(),
          MSR_INSTANCE: 'prod/az-a',
          MSR_ALERT_TOPIC_ARN: Match.anyValue(),
          MSR_GUARDIAN_SCHEDULE_GROUP: Match.anyValue(),
          MSR_GUARDIAN_ROLE_ARN: Match.anyValue(),
        }),
      },
    });
  });

  it('may stop tasks of its own cluster only', () => {
    const [list] = allowed(/JanitorFunction/, 'ecs:ListTasks');
    expect(list?.Condition).toHaveProperty(['ArnEquals', 'ecs:cluster']);
    const [stop] = allowed(/JanitorFunction/, 'ecs:StopTask');
    expect(JSON.stringify(stop?.Resource)).toMatch(/:task\/.*Cluster.*\/\*/);
  });

  it.each([/JanitorFunction/, /TaskRole/])(
    '%s makes schedules of the one group, with the one role',
    (who) => {
      const [create] = allowed(who, 'scheduler:CreateSchedule');
      expect(JSON.stringify(create?.Resource)).toContain(':schedule/');
      expect(create?.Resource).not.toBe('*');
      const [pass] = allowed(who, 'iam:PassRole');
      expect(JSON.stringify(pass?.Resource)).toContain('GuardiansRole');
    },
  );
});
