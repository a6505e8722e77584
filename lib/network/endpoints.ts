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

/** What Lambdas and tasks call inside the network; SSM's three are for the recovery instance of a volume restore. */
const SERVICES = {
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Monitoring: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  Events: InterfaceVpcEndpointAwsService.EVENTBRIDGE,
  Scheduler: new InterfaceVpcEndpointAwsService('scheduler'),
  Secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Kms: InterfaceVpcEndpointAwsService.KMS,
  StepFunctions: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
  Sts: InterfaceVpcEndpointAwsService.STS,
  Sns: InterfaceVpcEndpointAwsService.SNS,
  Sqs: InterfaceVpcEndpointAwsService.SQS,
  Ec2: InterfaceVpcEndpointAwsService.EC2,
  Ecs: InterfaceVpcEndpointAwsService.ECS,
  Lambda: InterfaceVpcEndpointAwsService.LAMBDA,
  Ssm: InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  Ec2Messages: InterfaceVpcEndpointAwsService.EC2_MESSAGES,
} as const;

/** Each is paid for in every availability zone. */
export const INTERFACE_ENDPOINT_COUNT = Object.keys(SERVICES).length;

export interface EndpointsProps {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  /** Who may use them: the network's own range. */
  readonly cidr: string;
}

/** Every AWS service that a network without a way out needs inside. S3 is a gateway, which costs nothing. */
export function addEndpoints(scope: Construct, { vpc, subnets, cidr }: EndpointsProps): void {
  const securityGroup = new SecurityGroup(scope, 'Endpoints', {
    vpc,
    description: 'AWS services inside the network',
    allowAllOutbound: false,
  });
  securityGroup.addIngressRule(Peer.ipv4(cidr), Port.HTTPS);
  const selection = { subnets: [...subnets] };
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3, subnets: [selection] });
  for (const [name, service] of Object.entries(SERVICES)) {
    vpc.addInterfaceEndpoint(name, {
      service,
      subnets: selection,
      securityGroups: [securityGroup],
      open: false,
    });
  }
}
