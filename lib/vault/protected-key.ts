import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export interface ProtectedKeyProps {
  readonly description: string;
  readonly alias: string;
  /** The one role that may disable or delete it. @default nobody may */
  readonly breakGlassRoleArn?: string | undefined;
}

/**
 * What makes everything under the key unreadable, Object Lock or not. PutKeyPolicy cannot stand here: KMS
 * refuses a policy that its own author could not change; an alarm watches it instead.
 */
export const DESTRUCTIVE_KEY_ACTIONS = [
  'kms:ScheduleKeyDeletion',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:DeleteImportedKeyMaterial',
];

/** A key that rotates, outlives its stack, and that nobody but the break-glass role may disable or delete. */
export class ProtectedKey extends Key {
  constructor(scope: Construct, id: string, props: ProtectedKeyProps) {
    super(scope, id, {
      description: props.description,
      alias: props.alias,
      enableKeyRotation: true,
      // Its own policy keeps CloudFormation, too, from deleting it: a first deployment that
      // failed leaves a key of no name.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NobodyDestroysTheKey',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: DESTRUCTIVE_KEY_ACTIONS,
        resources: ['*'],
        ...exceptBreakGlass(props.breakGlassRoleArn),
      }),
    );
  }

  /**
   * For log groups and what is delivered to them, and for the services that publish to an encrypted topic.
   */
  allowServices(): void {
    this.#allowLogs();
    this.#allowPublishers();
  }

  #allowLogs(): void {
    const stack = Stack.of(this);
    const logs = (arnFormat: ArnFormat) => stack.formatArn({ service: 'logs', resource: '*', arnFormat });
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroups',
        principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
        actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logs(ArnFormat.SLASH_RESOURCE_NAME) },
        },
      }),
    );
    // A state machine's log is delivered under a data key that this service must open.
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogDelivery',
        principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['kms:Decrypt*'],
        resources: ['*'],
        conditions: {
          StringEquals: { 'kms:EncryptionContext:SourceArn': logs(ArnFormat.COLON_RESOURCE_NAME) },
        },
      }),
    );
  }

  #allowPublishers(): void {
    const publish = { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] };
    this.addToResourcePolicy(
      new PolicyStatement({
        ...publish,
        sid: 'Alarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    // EventBridge sends no source account when it publishes to an encrypted topic, nor does SNS to a queue.
    this.addToResourcePolicy(
      new PolicyStatement({
        ...publish,
        sid: 'Events',
        principals: [new ServicePrincipal('events.amazonaws.com'), new ServicePrincipal('sns.amazonaws.com')],
      }),
    );
  }
}

/** The condition under which a denial does not hold for the break-glass role. */
export function exceptBreakGlass(roleArn: string | undefined) {
  return roleArn === undefined ? {} : { conditions: { ArnNotEquals: { 'aws:PrincipalArn': roleArn } } };
}
