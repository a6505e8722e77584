import { type ISubnet, type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { ExistingNetwork, NetworkConfig } from '../config/network-config.ts';
import type { StrategyConfig } from '../config/strategy-config.ts';
import { addEndpoints } from './endpoints.ts';
import { isolatedNetwork } from './isolated-network.ts';
import type { NetworkProps, StageNetwork } from './stage-network.ts';

/** The given VPC, by its ids and without a lookup; or a new one. */
export class Network extends Construct implements StageNetwork {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];

  constructor(scope: Construct, id: string, { config, ...props }: NetworkProps) {
    super(scope, id);
    const { vpc, subnets } =
      config.existing !== undefined
        ? existingNetwork(this, config.existing, props.strategies)
        : isolatedNetwork(this, newNetwork(config), props);
    this.vpc = vpc;
    this.subnets = subnets;
  }
}

function newNetwork({ create }: NetworkConfig) {
  // The schema has refused a network that is neither.
  if (create === undefined) throw new RangeError('the network is neither given nor to be made');
  return create;
}

function existingNetwork(
  scope: Construct,
  config: ExistingNetwork,
  strategies: readonly StrategyConfig[],
): StageNetwork {
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: config.vpcId,
    vpcCidrBlock: config.cidr,
    availabilityZones: config.availabilityZones,
    isolatedSubnetIds: config.subnetIds,
    isolatedSubnetRouteTableIds: config.routeTableIds,
  });
  const network: StageNetwork = { vpc, subnets: vpc.isolatedSubnets };
  if (config.createEndpoints) addEndpoints(scope, { ...network, cidr: config.cidr, strategies });
  return network;
}
