import { Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Config } from './config/config.ts';
import { AlarmRegistrar } from './observability/alarm-registrar.ts';
import { KeyWatch } from './observability/key-watch.ts';
import type { StatefulStack } from './stateful-stack.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly config: Config;
  readonly stateful: StatefulStack;
}

/** What looks at the others: every alarm of the stage, and the rules that watch its keys. */
export class ObservabilityStack extends Stack {
  readonly alarms: AlarmRegistrar;

  constructor(scope: Construct, id: string, { config, stateful, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    this.alarms = new AlarmRegistrar(this, 'Alarms', { stage: config.stage, targets: stateful.topics });
    new KeyWatch(this, 'KeyWatch', {
      stage: config.stage,
      keys: [stateful.vault.key, stateful.operationsKey],
      topic: stateful.topics.page,
      operationsKey: Key.fromKeyArn(this, 'OperationsKey', stateful.operationsKey.keyArn),
    });
  }
}
