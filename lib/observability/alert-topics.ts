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
 * A topic for each severity, and one for the mails that are made of what they say. They are stateful: a
 * subscription by mail must be confirmed by its reader, and would have to be again after every new topic.
 */
export class AlertTopics extends Construct implements AlarmTargets {
  readonly page: Topic;
  readonly ticket: Topic;
  /** Whoever is told by mail. */
  readonly mail: Topic;
  /** What SNS could not hand to anybody. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: AlertTopicsProps) {
    super(scope, id);
    this.undelivered = deadLetterQueue(this, 'Undelivered', props.key);
    this.page = this.#alarmTopic('page', props);
    this.ticket = this.#alarmTopic('ticket', props);
    this.mail = this.#topic('mail', props);
    for (const email of props.emails) {
      this.mail.addSubscription(new EmailSubscription(email, { deadLetterQueue: this.undelivered }));
    }
  }

  #topic(name: string, { stage, key }: AlertTopicsProps): Topic {
    return new Topic(this, name, {
      topicName: `msr-${stage}-${name}`,
      displayName: `MSR Recovery, ${stage}`,
      masterKey: key,
      enforceSSL: true,
    });
  }

  #alarmTopic(severity: PagingSeverity, props: AlertTopicsProps): Topic {
    const topic = this.#topic(severity, props);
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
