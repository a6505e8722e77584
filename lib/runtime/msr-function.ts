import type { Duration } from 'aws-cdk-lib';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { grantInstance, type VaultAccess } from '../instance/grants.ts';
import type { FunctionHost } from '../instance/instance-resources.ts';
import { acknowledge, Finding } from '../nag/acknowledge.ts';
import { BundledFunction } from './bundled-function.ts';

export interface MsrFunctionProps {
  readonly host: FunctionHost;
  /** Relative to `lambdas/`: `recovery/assess.lambda.ts`. */
  readonly entry: string;
  readonly timeout: Duration;
  /**
   * `inside` the instance's network, where the database, Kafka and Connect are; `outside`: a Lambda that
   * calls something on the internet, which an isolated network does not reach. @default inside
   */
  readonly network?: 'inside' | 'outside';
  /** What it may do to artifacts; documents it may always read and write. @default read */
  readonly vault?: VaultAccess;
  /** Added to the instance's variables. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Whether what it was asked and could not do waits in the instance's dead letters.
   * `useless`: it is asked again soon, and an alarm of its own tells that it is silent. @default kept
   */
  readonly late?: 'kept' | 'useless';
  /** More flags of Node.js. @default none */
  readonly nodeFlags?: readonly string[];
}

/** A Lambda of one MSR instance: it has the instance's variables and its rights. */
export class MsrFunction extends BundledFunction {
  constructor(scope: Construct, id: string, props: MsrFunctionProps) {
    const { key, deadLetters, environment, access } = props.host;
    super(scope, id, {
      entry: props.entry,
      timeout: props.timeout,
      key,
      environment: { ...environment, ...props.environment },
      deadLetters: props.late === 'useless' ? undefined : deadLetters,
      placement: placement(props),
      ...(props.nodeFlags === undefined ? {} : { nodeFlags: props.nodeFlags }),
    });
    grantInstance(this, access, props.vault ?? 'read');
    acknowledge(this, Finding.lambdaVpcPolicy, 'what a Lambda in a VPC needs');
  }
}

function placement({ host, network = 'inside' }: MsrFunctionProps): FunctionOptions {
  if (network === 'outside') return {};
  const { vpc, subnets, securityGroup } = host.network;
  return { vpc, vpcSubnets: { subnets: [...subnets] }, securityGroups: [securityGroup] };
}
