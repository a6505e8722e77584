import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stage } from '../stage.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const EBS_OPTIONS = { region: 'eu-central-1', instanceId: 'i-0a1b2c3d4e5f60718' };

/** With a way out, so that a strategy may call EC2 in another region. */
const existing = {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  cidr: '10.0.0.0/16',
  subnetIds: ['subnet-0a1b2c3d4e5f60718'],
  availabilityZones: ['eu-central-1a'],
  routeTableIds: ['rtb-0a1b2c3d4e5f60718'],
};

function pipelines(name: string, options: Record<string, unknown>): Template {
  return stage(['network', { existing }], ['instances.0.strategy', { name, options }]).stack('Pipelines');
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

describe('the restore of the strategy ebs', () => {
  const RECOVERY = 'i-0b1b2c3d4e5f60718';
  const statementsWith = (more: object) => {
    const restore = { recoveryInstanceId: RECOVERY, commands: ['systemctl start postgresql'], ...more };
    return statementsOf(pipelines('ebs', { ...EBS_OPTIONS, restore }));
  };
  const statements = statementsWith({});
  const allowing = (action: string, among = statements) =>
    among.filter((statement) => actionsOf(statement).includes(action));
  const ofOwn = { 'aws:ResourceTag/msr-instance': 'prod/az-a' };

  it('makes volumes of its own snapshots only, under the tags of the instance and of the restore', () => {
    const conditions = allowing('ec2:CreateVolume').map(({ Condition }) => Condition);
    expect(conditions).toEqual([
      { StringEquals: ofOwn },
      {
        StringEquals: { 'aws:RequestTag/msr-instance': 'prod/az-a' },
        StringLike: { 'aws:RequestTag/msr-restore': '*' },
      },
    ]);
  });

  it.each(['ec2:DetachVolume', 'ec2:DeleteVolume'])(
    'may do %s to no volume of the live database',
    (action) => {
      const found = allowing(action).filter(({ Resource }) => JSON.stringify(Resource).includes('volume/'));
      expect(found).toHaveLength(1);
      expect(found[0]?.Condition).toEqual({
        StringEquals: ofOwn,
        StringLike: { 'aws:ResourceTag/msr-restore': '*' },
      });
    },
  );

  it('reaches the recovery instance alone', () => {
    const actions = ['ec2:AttachVolume', 'ec2:DetachVolume', 'ssm:SendCommand'];
    const text = JSON.stringify(actions.flatMap((action) => allowing(action)));
    expect(new Set(text.match(/:instance\/[^"]+/g))).toEqual(new Set([`:instance/${RECOVERY}`]));
  });

  it.each([
    [{}, ':ssm:eu-central-1::document/AWS-RunShellScript'],
    [{ documentName: 'MsrStart', region: 'eu-west-1' }, ':document/MsrStart'],
  ])('runs the one document of %j', (more, document) => {
    const [sending] = allowing('ssm:SendCommand', statementsWith(more));
    expect(JSON.stringify(sending?.Resource)).toContain(document);
    expect(sending?.Resource).toHaveLength(2);
  });

  it("is the task's, and none without the option", () => {
    const ssm = (template: Template) =>
      Object.values(template.findResources('AWS::IAM::Policy'))
        .filter(({ Properties }) => JSON.stringify(Properties).includes('ssm:SendCommand'))
        .map(({ Properties }) => Properties.PolicyName);
    const restore = { recoveryInstanceId: RECOVERY, commands: ['true'] };
    expect(ssm(pipelines('ebs', { ...EBS_OPTIONS, restore }))).toEqual([
      expect.stringContaining('TasksTaskDefinitionTaskRole'),
    ]);
    expect(ssm(pipelines('ebs', EBS_OPTIONS))).toEqual([]);
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
