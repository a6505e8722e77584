import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stage } from '../stage.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const EBS_OPTIONS = { region: 'eu-central-1', instanceId: 'i-0a1b2c3d4e5f60718' };

function pipelines(name: string, options: Record<string, unknown>): Template {
  return stage(['instances.0.strategy', { name, options }]).stack('Pipelines');
}

function statementsOf(template: Template): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  return policies
    .filter(({ Properties }) => Properties.PolicyName.includes('TasksTaskDefinitionTaskRole'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

const actionsOf = ({ Action }: Statement) => [Action].flat();

describe('the strategy ebs', () => {
  const template = pipelines('ebs', EBS_OPTIONS);
  const statements = statementsOf(template);
  const tag = (statement: Statement) =>
    Object.values(statement.Condition ?? {}).flatMap((each) => Object.keys(each));

  it.each(['ec2:DeleteSnapshot', 'ec2:LockSnapshot'])(
    'may do %s only with what has the tag of the instance',
    (action) => {
      const found = statements.filter((statement) => actionsOf(statement).includes(action));
      expect(found).not.toHaveLength(0);
      for (const statement of found) {
        expect(statement.Condition).toEqual({
          StringEquals: { 'aws:ResourceTag/msr-instance': 'prod/az-a' },
        });
      }
    },
  );

  it('may take them of its own database server only', () => {
    const servers = JSON.stringify(statements).match(/:instance\/[^"]+/g);
    expect(new Set(servers)).toEqual(new Set([':instance/i-0a1b2c3d4e5f60718']));
  });

  it('may take snapshots only under the tag', () => {
    const making = statements.filter((statement) => actionsOf(statement).includes('ec2:CopySnapshot'));
    for (const statement of making) expect(tag(statement).join()).toContain('msr-instance');
  });

  it('keeps deleted snapshots in the Recycle Bin', () => {
    template.hasResourceProperties('AWS::Rbin::Rule', {
      ResourceType: 'EBS_SNAPSHOT',
      ResourceTags: [{ ResourceTagKey: 'msr-instance', ResourceTagValue: 'prod/az-a' }],
      RetentionPeriod: { RetentionPeriodValue: 14, RetentionPeriodUnit: 'DAYS' },
    });
  });
});

describe('the strategy hybrid', () => {
  const template = pipelines('hybrid', { volumes: { strategy: 'ebs', options: EBS_OPTIONS } });

  it('tags its snapshots as the rights to them ask for, and keeps deleted ones', () => {
    const options = { volumes: { strategy: 'ebs', options: { ...EBS_OPTIONS, instance: 'prod/az-a' } } };
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Environment: Match.arrayWith([
            { Name: 'MSR_STRATEGY', Value: 'hybrid' },
            { Name: 'MSR_STRATEGY_OPTIONS', Value: Match.serializedJson(options) },
          ]),
        }),
      ],
    });
    template.resourceCountIs('AWS::Rbin::Rule', 1);
  });
});

describe('the strategy dump', () => {
  const template = pipelines('dump', {});

  it('may call nothing of EC2', () => {
    const actions = statementsOf(template).flatMap(actionsOf);
    expect(actions.filter((action) => /^(ec2|ssm):/.test(action))).toEqual([]);
    template.resourceCountIs('AWS::Rbin::Rule', 0);
  });
});

describe('a credential that a strategy names', () => {
  const secret = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:kubeconfig-AbCdEf';
  const options = { mode: 'csi', namespace: 'msr', claims: ['data'], kubeconfigSecretId: secret };
  const template = pipelines('kubernetes', options);

  it('may be read', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret },
        ]),
      },
    });
  });
});
