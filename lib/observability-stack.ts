import { Annotations, Stack, type StackProps } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Config } from './config/config.ts';
import { AlarmRegistrar } from './observability/alarm-registrar.ts';
import { registerInstanceAlarms } from './observability/instance-alarms.ts';
import { KeyWatch } from './observability/key-watch.ts';
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
    const keyWatch = new KeyWatch(this, 'KeyWatch', {
      stage: config.stage,
      runbookUrl: config.alerts.runbookUrl,
      keys: [stateful.vault.key, stateful.operationsKey],
      topic: stateful.topics.page,
      operationsKey: Key.fromKeyArn(this, 'OperationsKey', stateful.operationsKey.keyArn),
    });
    this.#watchDelivery({ alerts: stateful.topics.undelivered, 'key-events': keyWatch.undelivered });
  }

  /** Once the pipelines are there. */
  watch(pipelines: readonly InstancePipelines[]): void {
    for (const each of pipelines) registerInstanceAlarms(this.#alarms, each);
  }

  /** Whoever cannot be told by mail sees at least the alarm in the console. */
  #watchDelivery(queues: Readonly<Record<string, IQueue>>): void {
    for (const [what, queue] of Object.entries(queues)) {
      this.#alarms.register({
        runbook: `undelivered-${what}`,
        severity: 'ticket',
        metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }),
        threshold: 1,
        comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        missingData: TreatMissingData.NOT_BREACHING,
        description: 'Somebody should have been told something, and was not.',
      });
    }
  }
}

function warnOfMissingRunbook(scope: Construct): void {
  Annotations.of(scope).addWarningV2(
    'msr-recovery:alerts.runbookUrl',
    'alerts.runbookUrl is not set: a page at night names a heading of docs/runbook.md, and links nowhere\nHINT: publish docs/runbook.md where whoever is woken can read it, and let alerts.runbookUrl name it',
  );
}
