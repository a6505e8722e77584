import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { PagingSeverity } from '../../src/paging/alarm-text.ts';
import { deadLetterQueue } from '../runtime/dead-letter-queue.ts';
import type { AlarmTargets } from './alarm-registrar.ts';

export interface AlertTopicsProps {
  readonly stage: string;
  readonly key: IKey;
  readonly emails: readonly string[];
}

/**
 * A topic for each severity. They are stateful: a subscription by mail must be confirmed by its reader, and
 * would have to be again after every new topic.
 */
export class AlertTopics extends Construct implements AlarmTargets {
  readonly page: Topic;
  readonly ticket: Topic;
  /** What SNS could not hand to anybody. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: AlertTopicsProps) {
    super(scope, id);
    this.undelivered = deadLetterQueue(this, 'Undelivered', props.key);
    this.page = this.#topic('page', props);
    this.ticket = this.#topic('ticket', props);
  }

  #topic(severity: PagingSeverity, { stage, key, emails }: AlertTopicsProps): Topic {
    const topic = new Topic(this, severity, {
      topicName: `msr-${stage}-${severity}`,
      displayName: `MSR Recovery, ${stage}`,
      masterKey: key,
      enforceSSL: true,
    });
    for (const email of emails) {
      topic.addSubscription(new EmailSubscription(email, { deadLetterQueue: this.undelivered }));
    }
    const publish = { actions: ['sns:Publish'], resources: [topic.topicArn] };
    topic.addToResourcePolicy(
      new PolicyStatement({
        ...publish,
        sid: 'Alarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    // The rule on keys pages; no event is a ticket.
    if (severity === 'ticket') return topic;
    topic.addToResourcePolicy(
      new PolicyStatement({
        ...publish,
        sid: 'Events',
        principals: [new ServicePrincipal('events.amazonaws.com')],
      }),
    );
    return topic;
  }
}
