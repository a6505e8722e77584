import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { BUNDLE_ALIASES, REQUIRE_BANNER } from './bundling.ts';

export interface MsrFunctionProps {
  /** Relative to `lambdas/`: `recovery/assess.lambda.ts`. */
  readonly entry: string;
  readonly timeout: Duration;
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly key: IKey;
  readonly environment: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A Lambda as all of ours are: Node.js 24 on ARM64, one ESM bundle, JSON logs, tracing, a dead-letter queue. */
export class MsrFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: MsrFunctionProps) {
    const { key } = props;
    super(scope, id, {
      entry: `${ROOT}lambdas/${props.entry}`,
      handler: 'handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 1024,
      timeout: props.timeout,
      vpc: props.vpc,
      securityGroups: [props.securityGroup],
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      environmentEncryption: key,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(scope, `${id}Logs`, {
        encryptionKey: key,
        retention: RetentionDays.THREE_MONTHS,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      deadLetterQueue: new Queue(scope, `${id}DeadLetters`, {
        encryption: QueueEncryption.KMS,
        encryptionMasterKey: key,
        enforceSSL: true,
        retentionPeriod: Duration.days(14),
      }),
      depsLockFilePath: `${ROOT}package-lock.json`,
      projectRoot: ROOT,
      bundling: {
        format: OutputFormat.ESM,
        minify: true,
        // Class names are the error names that Catch and Retry match; minified they would be lost.
        keepNames: true,
        sourceMap: true,
        sourcesContent: false,
        logLevel: LogLevel.ERROR,
        target: 'node24',
        mainFields: ['module', 'main'],
        bundleAwsSDK: true,
        banner: REQUIRE_BANNER,
        esbuildArgs: Object.fromEntries(
          Object.entries(BUNDLE_ALIASES).map(([name, twin]) => [`--alias:${name}`, twin]),
        ),
        externalModules: ['pg-native'],
      },
    });
  }
}
