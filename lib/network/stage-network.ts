import type { ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';

/** Where a stage's Lambdas and tasks run. */
export interface StageNetwork {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
}
