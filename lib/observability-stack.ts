import { Annotations, Stack, type StackProps } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Config } from './config/config.ts';
import { AlarmRegistrar } from './observability/alarm-registrar.ts';
import { registerInstanceAlarms } from './observability/instance-alarms.ts';
import { InstanceDashboard } from './observability/instance-dashboard.ts';
import { KeyWatch } from './observability/key-watch.ts';
import { importedTopics, Notifiers } from './paging/notifiers.ts';
import type { InstancePipelines } from './pipelines-stack.ts';
import type { StatefulStack } from './stateful-stack.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly config: Config;
  readonly stateful: StatefulStack;
}

/** What looks at the others: every alarm of the stage, and the rule that watches its keys. */
export class ObservabilityStack extends Stack {
  readonly #alarms: AlarmRegistrar;

  constructor(scope: Construct, id: string, { config, stateful, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    if (config.alerts.runbookUrl === undefined) warnOfMissingRunbook(this);
    this.#alarms = new AlarmRegistrar(this, 'Alarms', {
      stage: config.stage,
      targets: stateful.topics,
      runbookUrl: config.alerts.runbookUrl,
    });
    // By their ARNs: what is subscribed or aimed at here changes nothing of the stack that holds them.
    const topics = importedTopics(this, stateful.topics);
    const notifiers = new Notifiers(this, 'Notifiers', {
      config,
      topics,
      mail: Topic.fromTopicArn(this, 'Mail', stateful.topics.mail.topicArn),
      key: Key.fromKeyArn(this, 'OperationsKey', stateful.operationsKey.keyArn),
      vaultKey: Key.fromKeyArn(this, 'VaultKey', stateful.vault.key.keyArn),
    });
    const keyWatch = new KeyWatch(this, 'KeyWatch', {
      stage: config.stage,
      runbookUrl: config.alerts.runbookUrl,
      keys: [stateful.vault.key, stateful.operationsKey],
      // The page may lie under the very key that is endangered, and whoever reads it
      // has confirmed it long ago.
      topics: [Topic.fromTopicArn(this, 'KeyEvents', stateful.keyTopic.topic.topicArn), topics.page],
    });
    this.#watchDelivery({
      alerts: [stateful.topics.undelivered, notifiers.undelivered],
      'key-events': [keyWatch.undelivered, stateful.keyTopic.undelivered],
    });
  }

  /** Once the pipelines are there. */
  watch(pipelines: readonly InstancePipelines[]): void {
    for (const each of pipelines) {
      registerInstanceAlarms(this.#alarms, each);
      const { identity } = each.instance;
      new InstanceDashboard(this, `Dashboard-${identity.name}`, {
        identity,
        alarms: this.#alarms.tellingOf(identity.name),
        executions: {
          backup: each.backup.stateMachine,
          verification: each.verification.stateMachine,
          recovery: each.recovery.stateMachine,
        },
      });
    }
  }

  /** Whoever cannot be told by mail sees at least the alarm in the console. */
  #watchDelivery(undelivered: Readonly<Record<string, readonly IQueue[]>>): void {
    for (const [what, queues] of Object.entries(undelivered)) {
      this.#alarms.register({
        runbook: `undelivered-${what}`,
        severity: 'ticket',
        metric: longestOf(queues),
        threshold: 1,
        comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        missingData: TreatMissingData.NOT_BREACHING,
        description: 'Somebody should have been told something, and was not.',
      });
    }
  }
}

/** How many messages lie in the fullest of them. */
function longestOf(queues: readonly IQueue[]): IMetric {
  const metrics = queues.map((queue) => queue.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }));
  const [only, ...others] = metrics;
  if (only !== undefined && others.length === 0) return only;
  const named = metrics.map((metric, index) => [`queue${index}`, metric] as const);
  return new MathExpression({
    expression: `MAX([${named.map(([name]) => `FILL(${name}, 0)`).join(', ')}])`,
    label: 'undelivered',
    usingMetrics: Object.fromEntries(named),
  });
}

function warnOfMissingRunbook(scope: Construct): void {
  Annotations.of(scope).addWarningV2(
    'msr-recovery:alerts.runbookUrl',
    'alerts.runbookUrl is not set: a page at night names a heading of docs/runbook.md, and links nowhere\nHINT: publish docs/runbook.md where whoever is woken can read it, and let alerts.runbookUrl name it',
  );
}
