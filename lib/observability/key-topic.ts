import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { deadLetterQueue } from '../runtime/dead-letter-queue.ts';

export interface KeyTopicProps {
  readonly topicName: string;
  readonly emails: readonly string[];
}

/**
 * Where people are told that a key is in danger. Neither topic nor queue lies under a key of ours: whoever
 * disabled that key would silence the news of it. What is told is who did what, and no secret.
 */
export class KeyTopic extends Construct {
  readonly topic: Topic;
  /** What SNS could not hand to anybody. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { topicName, emails }: KeyTopicProps) {
    super(scope, id);
    this.undelivered = deadLetterQueue(this, 'Undelivered');
    this.topic = new Topic(this, 'Topic', {
      topicName,
      displayName: 'MSR Recovery, keys',
      enforceSSL: true,
    });
    for (const email of emails) {
      this.topic.addSubscription(new EmailSubscription(email, { deadLetterQueue: this.undelivered }));
    }
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Events',
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        principals: [new ServicePrincipal('events.amazonaws.com')],
      }),
    );
  }
}
