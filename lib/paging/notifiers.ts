import { Duration, Stack } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SnsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PAGER_DUTY_URLS } from '../../src/paging/pager-duty.ts';
import { PagingVariable } from '../../src/paging/paging-environment.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import type { Config } from '../config/config.ts';
import { grantSecret } from '../instance/grants.ts';
import { vaultUrl } from '../instance/instance-environment.ts';
import type { AlarmTargets } from '../observability/alarm-registrar.ts';
import { BundledFunction } from '../runtime/bundled-function.ts';
import { deadLetterQueue } from '../runtime/dead-letter-queue.ts';
import { documentsBucketName, vaultBucketName } from '../vault/vault-names.ts';

export interface NotifiersProps {
  readonly config: Pick<Config, 'stage' | 'production' | 'vault' | 'alerts' | 'instances'>;
  readonly topics: AlarmTargets;
  /** Whoever is subscribed to it is told by mail. */
  readonly mail: ITopic;
  readonly key: IKey;
  /** Encrypts what the health runs have left. */
  readonly vaultKey: IKey;
}

interface Notifier {
  /** Names the Lambda's file: `slack`. */
  readonly service: string;
  readonly secret?: { readonly arn: string; readonly keyArn: string | undefined };
  readonly environment: Readonly<Record<string, string>>;
  readonly topics: readonly ITopic[];
  /** Who gets what it could not hand on, beside the queue. */
  readonly onFailure?: SnsDestination;
}

/**
 * What tells people: a Lambda a service, outside of the network without a way out. Each reads what the newest
 * health run has found, since an alarm knows nothing but that it rings.
 */
export class Notifiers extends Construct {
  /** What could not be handed on. */
  readonly undelivered: Queue;
  readonly #props: NotifiersProps;

  constructor(scope: Construct, id: string, props: NotifiersProps) {
    super(scope, id);
    this.#props = props;
    this.undelivered = deadLetterQueue(this, 'Undelivered', props.key);
    this.#addMail();
    for (const each of servicesOf(props)) this.#add(each);
  }

  /** Whoever is told by nothing else still gets the raw message where the Lambda fails. */
  #addMail(): void {
    const { mail, topics } = this.#props;
    const handler = this.#add({
      service: 'mail',
      environment: { [PagingVariable.mailTopic]: mail.topicArn },
      topics: [topics.page, topics.ticket],
      onFailure: new SnsDestination(mail),
    });
    Grant.addToPrincipal({ grantee: handler, actions: ['sns:Publish'], resourceArns: [mail.topicArn] });
  }

  #add({ service, secret, environment, topics, onFailure }: Notifier): BundledFunction {
    const { key } = this.#props;
    const handler = new BundledFunction(this, service, {
      entry: `paging/${service}.lambda.ts`,
      // Four attempts of 10 s, and what the service asks to wait between them.
      timeout: Duration.minutes(4),
      key,
      deadLetters: this.undelivered,
      environment: {
        ...environment,
        ...this.#instances(),
        ...(secret === undefined ? {} : { [PagingVariable.secret]: secret.arn }),
      },
      ...(onFailure === undefined ? {} : { placement: { onFailure } }),
    });
    if (secret !== undefined) grantSecret(handler, secret.arn, secret.keyArn);
    this.#grantStatus(handler);
    for (const topic of topics) {
      topic.addSubscription(new LambdaSubscription(handler, { deadLetterQueue: this.undelivered }));
    }
    return handler;
  }

  #instances(): Readonly<Record<string, string>> {
    const { config } = this.#props;
    return {
      [PagingVariable.stage]: config.stage,
      [PagingVariable.instances]: config.instances.map(({ name }) => name).join(','),
      [PagingVariable.vault]: vaultUrl({
        stage: config,
        instance: { name: '{instance}' },
        vaultBucketName: vaultBucketName(this, config.stage),
        documentsBucketName: documentsBucketName(this, config.stage),
      }),
    };
  }

  /** One document of each instance. */
  #grantStatus(handler: BundledFunction): void {
    const { config, vaultKey } = this.#props;
    const documents = documentsBucketName(this, config.stage);
    Grant.addToPrincipal({
      grantee: handler,
      actions: ['s3:GetObject'],
      resourceArns: config.instances.map(({ name }) =>
        Stack.of(this).formatArn({
          ...{ service: 's3', region: '', account: '' },
          ...{ resource: documents, resourceName: `${name}/${VaultPath.status}` },
        }),
      ),
    });
    // Without it S3 answers 'denied' of a status that no health run has written yet, not 'there is none'.
    Grant.addToPrincipal({
      grantee: handler,
      actions: ['s3:ListBucket'],
      resourceArns: [
        Stack.of(this).formatArn({ ...{ service: 's3', region: '', account: '' }, resource: documents }),
      ],
    });
    Grant.addToPrincipal({ grantee: handler, actions: ['kms:Decrypt'], resourceArns: [vaultKey.keyArn] });
  }
}

function servicesOf({ config: { alerts }, topics }: NotifiersProps): Notifier[] {
  const { pagerDuty, slack } = alerts;
  return [
    ...(pagerDuty === undefined
      ? []
      : [
          {
            service: 'pager-duty',
            secret: { arn: pagerDuty.routingKeySecretArn, keyArn: pagerDuty.secretKeyArn },
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
            secret: { arn: slack.webhookSecretArn, keyArn: slack.secretKeyArn },
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
