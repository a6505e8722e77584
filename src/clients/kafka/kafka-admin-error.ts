import { messageOf, OperatorError } from '../../core/operator-error.ts';
import type { KafkaSettings } from './kafka-settings.ts';

/** The cluster cannot be reached, refuses the credentials, or refuses a call. */
export class KafkaAdminError extends OperatorError {
  override readonly name = 'KafkaAdminError';
}

/** Runs a call to the cluster: the clients' own errors name neither what was asked nor the remedy. */
export async function asking<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    const denied = cause instanceof Error && 'type' in cause && /AUTHORIZATION_FAILED$/.test(`${cause.type}`);
    throw new KafkaAdminError(`Kafka does not tell ${what}: ${messageOf(cause)}`, {
      hint: denied
        ? 'grant DESCRIBE on the topics and the group, and DESCRIBE_CONFIGS on the topics, to the user of MSR_KAFKA_USERNAME'
        : "check that the brokers are up and the topics have leaders; the brokers' log says more",
      cause,
    });
  }
}

export function connectError(kafka: KafkaSettings, cause: unknown): KafkaAdminError {
  return new KafkaAdminError(`Kafka at ${kafka.brokers.join(', ')} cannot be used: ${messageOf(cause)}`, {
    hint: 'check MSR_KAFKA_BROKERS, the credentials and that a broker listens there',
    cause,
  });
}
