import { OperatorError } from '../core/operator-error.ts';

/** A connector's configuration with its name, for messages. */
export interface SinkProperties {
  readonly connector: string;
  readonly config: Readonly<Record<string, string>>;
}

/** Kafka's ConfigDef.Type.LIST. */
export function listOf(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** The refusal of a setting; the caller throws it. Only settings that hold no secrets come here. */
export function refuse(properties: SinkProperties, key: string): OperatorError {
  const value = properties.config[key] ?? '(not set)';
  return new OperatorError(
    `connector ${properties.connector}: the replayer does not understand ${key}=${value}`,
    {
      hint: 'it would have to guess which rows the sink writes: change the sink to what msr understands, and take a backup then',
    },
  );
}
