import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stage } from '../stage.ts';

const existing = {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  cidr: '10.0.0.0/16',
  subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  routeTableIds: ['rtb-0a1b2c3d4e5f60718', 'rtb-0a1b2c3d4e5f60719'],
};

const INSIDE = [
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'events',
  'logs',
  'monitoring',
  's3',
  'scheduler',
  'secretsmanager',
  'sns',
  'states',
];
const VOLUMES = ['ec2', 'ec2messages', 'ssm', 'ssmmessages'];
const EBS = { region: 'eu-central-1', instanceId: 'i-0123456789abcdef0' };
const RESTORE = { recoveryInstanceId: 'i-0123456789abcdef1', commands: ['true'] };

function endpointsOf(template: Template): string[] {
  const names = Object.values(template.findResources('AWS::EC2::VPCEndpoint')).map(({ Properties }) =>
    JSON.stringify(Properties.ServiceName),
  );
  return names.map((name) => /(?:eu-central-1|")\.([a-z0-9.]+)"/.exec(name)?.[1] ?? name).sort();
}

describe('a network of its own', () => {
  const template = stage().stack('Pipelines');

  it('has no way out, and flow logs', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
    template.resourceCountIs('AWS::EC2::FlowLog', 1);
  });

  it('lies in the given zones', () => {
    const subnets = Object.values(template.findResources('AWS::EC2::Subnet'));
    expect(subnets.map(({ Properties }) => Properties.AvailabilityZone).sort()).toEqual([
      'eu-central-1a',
      'eu-central-1b',
    ]);
  });

  it('reaches inside every service that Lambdas and tasks call, and S3 by a gateway', () => {
    expect(endpointsOf(template)).toEqual([...INSIDE].sort());
  });

  it.each<[string, object, readonly string[]]>([
    ['ebs', { name: 'ebs', options: EBS }, ['ec2']],
    ['ebs that can be restored', { name: 'ebs', options: { ...EBS, restore: RESTORE } }, [...VOLUMES]],
    [
      'hybrid with ebs',
      { name: 'hybrid', options: { volumes: { strategy: 'ebs', options: { ...EBS, restore: RESTORE } } } },
      [...VOLUMES],
    ],
  ])('reaches what else %s calls, and no more', (_, strategy, more) => {
    const made = endpointsOf(stage(['instances.0.strategy', strategy]).stack('Pipelines'));
    expect(made).toEqual([...INSIDE, ...more].sort());
  });

  it('lets only itself in, by HTTPS', () => {
    const groups = Object.values(template.findResources('AWS::EC2::SecurityGroup'));
    const ingress = groups.flatMap(({ Properties }) => Properties.SecurityGroupIngress ?? []);
    expect(ingress).toMatchObject([
      { CidrIp: '10.40.0.0/20', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' },
    ]);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });
});

describe('a network that is there', () => {
  const given = stage(['network', { existing }]);
  const template = given.stack('Pipelines');

  it('is used by its ids: nothing of it is made', () => {
    for (const type of ['VPC', 'Subnet', 'VPCEndpoint', 'FlowLog', 'RouteTable']) {
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
    template.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: existing.subnetIds, SecurityGroupIds: [Match.anyValue()] },
    });
    expect(JSON.stringify(given.template)).toContain('subnet-0a1b2c3d4e5f60719');
  });

  const withEndpoints = stage(['network', { existing: { ...existing, createEndpoints: true } }]);

  it('gets the endpoints where they are asked for', () => {
    withEndpoints.stack('Pipelines').hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      RouteTableIds: existing.routeTableIds,
    });
  });
});
