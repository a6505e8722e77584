import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { isolatedNetwork } from './isolated-network.ts';
import { acknowledgeFindings } from './nag-reasons.ts';
import { RecoveryFunctions } from './recovery-functions.ts';
import { RecoveryStateMachine } from './recovery-state-machine.ts';
import { RecoveryTasks } from './recovery-tasks.ts';

export interface RecoveryStackProps extends StackProps {
  /** Where the image's Dockerfile lies: the repository's root. */
  readonly imageDirectory: string;
  /** The settings that are not secret, as the command line's variables. @default none: set at deployment */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The recovery, wired: a network without a way out, the key, the Lambdas, the tasks, the state machine. */
export class RecoveryStack extends Stack {
  readonly recovery: RecoveryStateMachine;

  constructor(scope: Construct, id: string, props: RecoveryStackProps) {
    super(scope, id, props);
    const { imageDirectory, environment = {} } = props;
    const key = this.#key();
    const vpc = isolatedNetwork(this, key);
    const securityGroup = new SecurityGroup(this, 'Functions', {
      vpc,
      description: 'Lambdas of the recovery',
    });
    const functions = new RecoveryFunctions(this, 'Lambdas', { vpc, securityGroup, key, environment });
    const tasks = new RecoveryTasks(this, 'Tasks', { vpc, key, imageDirectory, environment });
    this.recovery = new RecoveryStateMachine(this, 'Recovery', { functions, tasks, key });
    acknowledgeFindings(functions, tasks, this.recovery);
  }

  #key(): Key {
    const key = new Key(this, 'Key', { enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': this.formatArn({ service: 'logs', resource: '*' }),
          },
        },
      }),
    );
    return key;
  }
}
