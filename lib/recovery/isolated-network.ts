import { RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** What the recovery's Lambdas and tasks call inside the network. */
const SERVICES = {
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Kms: InterfaceVpcEndpointAwsService.KMS,
  StepFunctions: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
  Sts: InterfaceVpcEndpointAwsService.STS,
} as const;

const CIDR = '10.40.0.0/20';

/** Two zones, isolated subnets, the endpoints that the recovery needs, flow logs; no NAT, no way out. */
export function isolatedNetwork(scope: Construct, key: IKey): IVpc {
  const vpc = new Vpc(scope, 'Network', {
    ipAddresses: IpAddresses.cidr(CIDR),
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 23 }],
    gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
  });
  const endpoints = new SecurityGroup(scope, 'Endpoints', {
    vpc: vpc as IVpc,
    description: 'AWS services inside the network',
    allowAllOutbound: false,
  });
  endpoints.addIngressRule(Peer.ipv4(CIDR), Port.HTTPS);
  for (const [name, service] of Object.entries(SERVICES)) {
    vpc.addInterfaceEndpoint(name, { service, securityGroups: [endpoints], open: false });
  }
  vpc.addFlowLog('FlowLogs', {
    destination: FlowLogDestination.toCloudWatchLogs(
      new LogGroup(scope, 'FlowLogGroup', {
        encryptionKey: key,
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    ),
  });
  // The class declares as `T | undefined` what its interface declares as optional.
  return vpc as IVpc;
}
