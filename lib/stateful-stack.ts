import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from './config/config.ts';
import { AlertTopics } from './observability/alert-topics.ts';
import { KeyTopic } from './observability/key-topic.ts';
import { addTrail } from './observability/trail.ts';
import { ProtectedKey } from './vault/protected-key.ts';
import { Vault } from './vault/vault.ts';

export interface StatefulStackProps extends StackProps {
  readonly config: Config;
}

/** What must outlive everything else: the vault, the keys, and who is told. */
export class StatefulStack extends Stack {
  readonly vault: Vault;
  /** Encrypts logs, queues, topics, environments and state machines. */
  readonly operationsKey: ProtectedKey;
  readonly topics: AlertTopics;
  readonly keyTopic: KeyTopic;

  constructor(scope: Construct, id: string, { config, ...props }: StatefulStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    this.vault = new Vault(this, 'Vault', config);
    this.operationsKey = new ProtectedKey(this, 'OperationsKey', {
      description: `MSR Recovery, ${config.stage}: logs, queues, topics and state machines`,
      alias: `msr-${config.stage}-operations`,
      breakGlassRoleArn: config.vault.breakGlassRoleArn,
    });
    this.operationsKey.allowServices();
    this.topics = new AlertTopics(this, 'Alerts', {
      stage: config.stage,
      key: this.operationsKey,
      emails: config.alerts.emails,
    });
    this.keyTopic = new KeyTopic(this, 'KeyEvents', {
      topicName: `msr-${config.stage}-keys`,
      emails: config.alerts.emails,
    });
    if (config.alerts.trail === 'create') addTrail(this, config.stage, this.vault.accessLogs);
  }
}
