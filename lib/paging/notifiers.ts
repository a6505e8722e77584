import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PAGER_DUTY_URLS } from '../../src/paging/pager-duty.ts';
import { PagingVariable } from '../../src/paging/paging-environment.ts';
import type { AlertsConfig } from '../config/alerts-config.ts';
import { grantSecret } from '../instance/grants.ts';
import type { AlarmTargets } from '../observability/alarm-registrar.ts';
import { BundledFunction } from '../runtime/bundled-function.ts';
import { deadLetterQueue } from '../runtime/dead-letter-queue.ts';

export interface NotifiersProps {
  readonly alerts: AlertsConfig;
  readonly topics: AlarmTargets;
  readonly key: IKey;
}

interface Notifier {
  /** Names the Lambda's file: `slack`. */
  readonly service: string;
  readonly secretArn: string;
  readonly secretKeyArn: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly topics: readonly ITopic[];
}

/** What tells people elsewhere than by mail: a Lambda a service, outside of the network without a way out. */
export class Notifiers extends Construct {
  /** What a service did not take. undefined: there is none but the mail. */
  readonly undelivered: Queue | undefined;

  constructor(scope: Construct, id: string, props: NotifiersProps) {
    super(scope, id);
    const wanted = notifiersOf(props);
    this.undelivered = wanted.length === 0 ? undefined : deadLetterQueue(this, 'Undelivered', props.key);
    for (const each of wanted) this.#add(each, props.key);
  }

  #add({ service, secretArn, secretKeyArn, environment, topics }: Notifier, key: IKey): void {
    const handler = new BundledFunction(this, service, {
      entry: `paging/${service}.lambda.ts`,
      // Four attempts of 10 s, and what the service asks to wait between them.
      timeout: Duration.minutes(4),
      key,
      deadLetters: this.undelivered,
      environment: { ...environment, [PagingVariable.secret]: secretArn },
    });
    grantSecret(handler, secretArn, secretKeyArn);
    for (const topic of topics) {
      topic.addSubscription(
        new LambdaSubscription(handler, this.undelivered && { deadLetterQueue: this.undelivered }),
      );
    }
  }
}

function notifiersOf({ alerts: { pagerDuty, slack }, topics }: NotifiersProps): Notifier[] {
  return [
    ...(pagerDuty === undefined
      ? []
      : [
          {
            service: 'pager-duty',
            secretArn: pagerDuty.routingKeySecretArn,
            secretKeyArn: pagerDuty.secretKeyArn,
            environment: { [PagingVariable.pagerDutyUrl]: PAGER_DUTY_URLS[pagerDuty.serviceRegion] },
            // A ticket wakes nobody.
            topics: [topics.page],
          },
        ]),
    ...(slack === undefined
      ? []
      : [
          {
            service: 'slack',
            secretArn: slack.webhookSecretArn,
            secretKeyArn: slack.secretKeyArn,
            environment: {},
            topics: [topics.page, topics.ticket],
          },
        ]),
  ];
}

/** The same topics, by their ARNs. */
export function importedTopics(scope: Construct, topics: AlarmTargets): AlarmTargets {
  return {
    page: Topic.fromTopicArn(scope, 'Page', topics.page.topicArn),
    ticket: Topic.fromTopicArn(scope, 'Ticket', topics.ticket.topicArn),
  };
}
