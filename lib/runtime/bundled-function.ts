import { basename } from 'node:path';
import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
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
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { grantKey } from '../instance/grants.ts';
import { acknowledge, Finding } from '../nag/acknowledge.ts';
import { APP_ID_VARIABLE, appId } from './app-id.ts';
import { lambdaBundle, lambdaSource } from './bundling.ts';
import { environmentFaults } from './environment-size.ts';

export interface BundledFunctionProps {
  /** Relative to `lambdas/`: `recovery/assess.lambda.ts`. */
  readonly entry: string;
  readonly timeout: Duration;
  /** Encrypts its variables and its log. */
  readonly key: IKey;
  readonly environment: Readonly<Record<string, string>>;
  /** What it was asked asynchronously and could not do. undefined: what is late is worth nothing. */
  readonly deadLetters: IQueue | undefined;
  /** Where it runs. @default outside of any network of ours, with the internet before it */
  readonly placement?: FunctionOptions;
  /** More flags of Node.js. @default none */
  readonly nodeFlags?: readonly string[];
}

/** A Lambda as all of ours are: Node.js 24 on ARM64, one ESM bundle, JSON logs, tracing. */
export class BundledFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    const { entry, key, deadLetters } = props;
    super(scope, id, {
      code: codeOf(scope, entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 1024,
      timeout: props.timeout,
      ...props.placement,
      environment: {
        ...props.environment,
        [APP_ID_VARIABLE]: appIdOf(entry),
        NODE_OPTIONS: ['--enable-source-maps', ...(props.nodeFlags ?? [])].join(' '),
      },
      environmentEncryption: key,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(scope, `${id}Logs`, {
        encryptionKey: key,
        retention: RetentionDays.THREE_MONTHS,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      ...(deadLetters === undefined ? {} : { deadLetterQueue: deadLetters }),
    });
    grantKey(this, key);
    acknowledge(this, Finding.lambdaBasicPolicy, 'writes to its log group only');
    acknowledge(this, Finding.anyResource, 'X-Ray has no resources to name');
    this.node.addValidation({ validate: () => environmentFaults(this) });
  }
}

/** `backup/begin.lambda.ts`: `msr-begin`. */
function appIdOf(entry: string): string {
  return appId(basename(entry, '.lambda.ts'));
}

/** A synthesis that is asked not to bundle needs some directory in its place. */
function codeOf(scope: Construct, entry: string): Code {
  const { bundlingRequired } = Stack.of(scope);
  return Code.fromAsset(bundlingRequired ? lambdaBundle(entry) : lambdaSource(entry));
}
