import { basename } from 'node:path';
import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  Architecture,
  Code,
  type FunctionOptions,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { grantInstance, grantKey, type VaultAccess } from '../instance/grants.ts';
import type { FunctionHost } from '../instance/instance-resources.ts';
import { acknowledge, Finding } from '../nag/acknowledge.ts';
import { APP_ID_VARIABLE, appId } from './app-id.ts';
import { lambdaBundle, lambdaSource } from './bundling.ts';
import { environmentFaults } from './environment-size.ts';

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
}

/**
 * A Lambda as all of ours are: Node.js 24 on ARM64, one ESM bundle, JSON logs, tracing, a dead-letter queue.
 */
export class MsrFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: MsrFunctionProps) {
    const { key, deadLetters, environment, access } = props.host;
    super(scope, id, {
      code: codeOf(scope, props.entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 1024,
      timeout: props.timeout,
      ...placement(props),
      environment: {
        ...environment,
        ...props.environment,
        [APP_ID_VARIABLE]: appIdOf(props.entry),
        NODE_OPTIONS: '--enable-source-maps',
      },
      environmentEncryption: key,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(scope, `${id}Logs`, {
        encryptionKey: key,
        retention: RetentionDays.THREE_MONTHS,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      deadLetterQueue: deadLetters,
    });
    grantKey(this, key);
    grantInstance(this, access, props.vault ?? 'read');
    this.#acknowledgeFindings();
    this.node.addValidation({ validate: () => environmentFaults(this) });
  }

  #acknowledgeFindings(): void {
    acknowledge(this, Finding.lambdaBasicPolicy, 'writes to its log group only');
    acknowledge(this, Finding.lambdaVpcPolicy, 'what a Lambda in a VPC needs');
    acknowledge(this, Finding.anyResource, 'X-Ray has no resources to name');
  }
}

/** `backup/begin.lambda.ts`: `msr-begin`. */
function appIdOf(entry: string): string {
  return appId(basename(entry, '.lambda.ts'));
}

function placement({ host, network = 'inside' }: MsrFunctionProps): FunctionOptions {
  if (network === 'outside') return {};
  const { vpc, subnets, securityGroup } = host.network;
  return { vpc, vpcSubnets: { subnets: [...subnets] }, securityGroups: [securityGroup] };
}

/** A synthesis that is asked not to bundle needs some directory in its place. */
function codeOf(scope: Construct, entry: string): Code {
  const { bundlingRequired } = Stack.of(scope);
  return Code.fromAsset(bundlingRequired ? lambdaBundle(entry) : lambdaSource(entry));
}
