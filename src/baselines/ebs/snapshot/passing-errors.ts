import { EC2ServiceException } from '@aws-sdk/client-ec2';

/**
 * Codes of EC2 that another call need not meet
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html). ResourceLimitExceeded: too
 * many copies of snapshots are under way.
 */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'ResourceLimitExceeded',
  'Throttling',
  'ThrottlingException',
]);

/** Names of errors of a call that never reached EC2, or whose answer did not come back. */
const NETWORK_ERRORS = /^(AbortError|TimeoutError|NetworkingError)$|^E[A-Z_]+$/;

/** Whether a call to EC2 may succeed later, as it stands. @param error what it failed with, wrapped or not */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof EC2ServiceException) {
    return PASSING_CODES.has(error.name) || (error.$metadata.httpStatusCode ?? 0) >= 500;
  }
  if (NETWORK_ERRORS.test(error.name)) return true;
  if ('code' in error && typeof error.code === 'string' && NETWORK_ERRORS.test(error.code)) return true;
  return isPassing(error.cause);
}
