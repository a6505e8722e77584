import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { baselinesOf } from '../baselines/baselines.ts';
import type { StrategyConfig } from '../config/strategy-config.ts';

type Services = Readonly<Record<string, InterfaceVpcEndpointAwsService>>;

/**
 * What Lambdas and tasks call inside the network whatever the strategy, and what Fargate starts a task with.
 */
const ALWAYS: Services = {
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Monitoring: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  Events: InterfaceVpcEndpointAwsService.EVENTBRIDGE,
  Scheduler: new InterfaceVpcEndpointAwsService('scheduler'),
  Secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  StepFunctions: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
  Sns: InterfaceVpcEndpointAwsService.SNS,
  Ecs: InterfaceVpcEndpointAwsService.ECS,
};

const SNAPSHOTS: Services = { Ec2: InterfaceVpcEndpointAwsService.EC2 };

/** Commands on the recovery instance: ours to send, and its agent's to receive. */
const VOLUME_RESTORE: Services = {
  Ssm: InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  Ec2Messages: InterfaceVpcEndpointAwsService.EC2_MESSAGES,
};

/**
 * Each is paid for in every availability zone: none is made that nobody calls. S3 is a
 * gateway, which costs nothing.
 */
export function interfaceEndpoints(strategies: readonly StrategyConfig[]): Services {
  const snapshots = strategies.flatMap(baselinesOf).filter(({ name }) => name === 'ebs');
  const isRestored = snapshots.some(({ options }) => options['restore'] !== undefined);
  return {
    ...ALWAYS,
    ...(snapshots.length === 0 ? {} : SNAPSHOTS),
    ...(isRestored ? VOLUME_RESTORE : {}),
  };
}

export interface EndpointsProps {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  /** Who may use them: the network's own range. */
  readonly cidr: string;
  /** The strategies of all the instances in it. */
  readonly strategies: readonly StrategyConfig[];
}

/** Every AWS service that a network without a way out needs inside. */
export function addEndpoints(scope: Construct, { vpc, subnets, cidr, strategies }: EndpointsProps): void {
  const securityGroup = new SecurityGroup(scope, 'Endpoints', {
    vpc,
    description: 'AWS services inside the network',
    allowAllOutbound: false,
  });
  securityGroup.addIngressRule(Peer.ipv4(cidr), Port.HTTPS);
  const selection = { subnets: [...subnets] };
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3, subnets: [selection] });
  for (const [name, service] of Object.entries(interfaceEndpoints(strategies))) {
    vpc.addInterfaceEndpoint(name, {
      service,
      subnets: selection,
      securityGroups: [securityGroup],
      open: false,
    });
  }
}
