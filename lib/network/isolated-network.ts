import { RemovalPolicy } from 'aws-cdk-lib';
import { FlowLogDestination, IpAddresses, type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { NewNetwork } from '../config/network-config.ts';
import { acknowledge, Finding } from '../nag/acknowledge.ts';
import { addEndpoints } from './endpoints.ts';
import type { NetworkProps, StageNetwork } from './stage-network.ts';

/** Isolated subnets in the given zones, the endpoints that are needed, flow logs; no NAT, no way out. */
export function isolatedNetwork(
  scope: Construct,
  config: NewNetwork,
  { key, strategies }: Pick<NetworkProps, 'key' | 'strategies'>,
): StageNetwork {
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr(config.cidr),
    availabilityZones: config.availabilityZones,
    natGateways: 0,
    subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
  });
  acknowledge(
    vpc,
    Finding.namedZone,
    'the configuration names the zones: nothing is looked up, no subnet moves',
  );
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
  const network: StageNetwork = { vpc: vpc as IVpc, subnets: vpc.isolatedSubnets };
  addEndpoints(scope, { ...network, cidr: config.cidr, strategies });
  return network;
}
