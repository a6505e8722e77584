import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag/acknowledge.ts';

/**
 * Where what could not be delivered waits for two weeks; an alarm says when something does.
 * @param key without it, SQS encrypts with a key of its own
 */
export function deadLetterQueue(scope: Construct, id: string, key?: IKey): Queue {
  const queue = new Queue(scope, id, {
    ...(key === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: key }),
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, 'AwsSolutions::AwsSolutions-SQS3', 'it is the dead-letter queue');
  acknowledge(queue, 'Serverless::Serverless-SQSRedrivePolicy', 'it is the dead-letter queue');
  return queue;
}
