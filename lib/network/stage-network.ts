import type { ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { NetworkConfig } from '../config/network-config.ts';
import type { StrategyConfig } from '../config/strategy-config.ts';

/** Where a stage's Lambdas and tasks run. */
export interface StageNetwork {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
}

export interface NetworkProps {
  readonly config: NetworkConfig;
  /** For the flow logs of a new VPC. */
  readonly key: IKey;
  /** The strategies of all the instances in it: they decide which AWS services are needed inside. */
  readonly strategies: readonly StrategyConfig[];
}
