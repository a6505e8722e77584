import { ConnectError } from './connect-request.ts';
import { DatabaseConnectionError } from './postgres.ts';

/** kafkajs and @platformatic/kafka name it so, libpq's programs say it so. */
const NAME = /^(KafkaJSSASLAuthenticationError|AuthenticationError|DatabaseAuthenticationError)$/;
const MESSAGE = /SASL .*authentication (failed|error)|password authentication failed for user/i;

/**
 * Whether somebody refused our credentials: database, broker, Kafka Connect, or a
 * PostgreSQL program on our behalf.
 */
export function isAuthenticationFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DatabaseConnectionError && error.reason === 'credentials') return true;
  if (error instanceof ConnectError && (error.status === 401 || error.status === 403)) return true;
  if (NAME.test(error.name) || MESSAGE.test(error.message)) return true;
  return causesOf(error).some(isAuthenticationFailure);
}

function causesOf(error: Error): unknown[] {
  const original = 'originalError' in error ? error.originalError : undefined;
  return [error.cause, original, ...(error instanceof AggregateError ? error.errors : [])];
}
