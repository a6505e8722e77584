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
    hint: connectHint(kafka),
    cause,
  });
}

/** A listener that asks for a client certificate says of none, and of a stranger's, no more than 'closed'. */
function connectHint({ ssl, sasl, clientCertificate }: KafkaSettings): string {
  const first = 'check MSR_KAFKA_BROKERS, the credentials and that a broker listens there';
  if (!ssl || sasl !== undefined) return first;
  return clientCertificate === undefined
    ? `${first}; where the brokers ask for a client certificate, set MSR_KAFKA_CLIENT_CERT and MSR_KAFKA_CLIENT_KEY`
    : `${first}; MSR_KAFKA_CLIENT_CERT must be signed by an authority that the brokers trust, and still be valid`;
}
