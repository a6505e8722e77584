import { InstanceVariable } from '../../src/settings/instance-environment.ts';
import { deployedOptions } from '../baselines/baselines.ts';
import type { Config, InstanceConfig } from '../config/config.ts';
import { fullName } from './instance-resources.ts';

export interface InstanceEnvironmentProps {
  readonly stage: Pick<Config, 'stage' | 'timeZone' | 'production' | 'alerts' | 'vault'>;
  readonly instance: InstanceConfig;
  readonly vaultBucketName: string;
  readonly documentsBucketName: string;
  readonly secretArn: string;
  readonly alertTopicArn: string;
}

/** The settings of one instance as the command line's variables; none of them is secret. */
export function instanceEnvironment(props: InstanceEnvironmentProps): Readonly<Record<string, string>> {
  const { stage, instance } = props;
  const { kafka, schedule, strategy } = instance;
  const { runbookUrl } = stage.alerts;
  const { retention } = stage.vault;
  const name = fullName({ stage: stage.stage, name: instance.name });
  return {
    // Its metrics' dimension, too: stages may share an account.
    [InstanceVariable.name]: name,
    ...(runbookUrl === undefined ? {} : { [InstanceVariable.runbookUrl]: runbookUrl }),
    MSR_VAULT_URL: vaultUrl(props),
    MSR_SECRET_ID: props.secretArn,
    ...(instance.readersSecretArn === undefined ? {} : { MSR_READERS_SECRET_ID: instance.readersSecretArn }),
    MSR_KAFKA_BROKERS: kafka.brokers.join(','),
    MSR_KAFKA_SSL: String(kafka.ssl),
    ...(kafka.saslMechanism === undefined ? {} : { MSR_KAFKA_SASL_MECHANISM: kafka.saslMechanism }),
    MSR_CONNECT_URL: instance.connectUrl,
    ...(instance.api === undefined ? {} : { MSR_API_URL: instance.api.url }),
    MSR_SINK_CONNECTOR: instance.sinkConnector,
    ...(instance.sinkIsolation === undefined ? {} : { MSR_SINK_ISOLATION_LEVEL: instance.sinkIsolation }),
    ...(instance.approval.autoApprove.length === 0
      ? {}
      : { [InstanceVariable.autoApprove]: instance.approval.autoApprove.join(',') }),
    MSR_STRATEGY: strategy.name,
    MSR_STRATEGY_OPTIONS: JSON.stringify(deployedOptions(strategy, name)),
    MSR_MAINTENANCE_TIME_ZONE: stage.timeZone,
    MSR_BACKUP_FREQUENCY: schedule.frequency,
    ...(schedule.pause ? {} : { MSR_BACKUP_PAUSE: 'false' }),
    MSR_KEEP_DAILY: String(retention.daily),
    MSR_KEEP_WEEKLY: String(retention.weekly),
    MSR_KEEP_MONTHLY: String(retention.monthly),
    [InstanceVariable.alertTopic]: props.alertTopicArn,
  };
}

/** Where an instance's vault lies. */
export function vaultUrl({
  stage,
  instance,
  vaultBucketName,
  documentsBucketName,
}: Pick<InstanceEnvironmentProps, 'vaultBucketName' | 'documentsBucketName'> & {
  readonly stage: Pick<Config, 'production' | 'vault'>;
  readonly instance: Pick<InstanceConfig, 'name'>;
}): string {
  const retention = `${stage.production ? 'COMPLIANCE' : 'GOVERNANCE'}:${stage.vault.lockDays}`;
  return `s3://${vaultBucketName}/${instance.name}?documents=${documentsBucketName}&retention=${retention}`;
}
