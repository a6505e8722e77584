import { OperatorError } from '../core/operator-error.ts';
import { VaultReadError, VaultWriteError } from './errors.ts';

/**
 * The status of S3's answer; undefined where there was none (network, credentials) or the error is another's.
 */
export function statusOf(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  return (metadata as { readonly httpStatusCode?: number } | undefined)?.httpStatusCode;
}

/**
 * The object is not there. A 404 alone does not say so: a missing bucket has one, and other servers than
 * AWS's give it to strangers. (`NotFound` is what a HEAD is answered, which has no body.)
 */
export function isMissingObject(error: unknown): boolean {
  return statusOf(error) === 404 && hasName(error, 'NoSuchKey', 'NotFound');
}

/** The condition of a conditional request did not hold. */
export function isConditionFailure(error: unknown): boolean {
  return statusOf(error) === 412;
}

/** Another conditional write of the same key was under way: AWS asks for another attempt. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409 && hasName(error, 'ConditionalRequestConflict', 'OperationAborted');
}

export function hasName(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

interface Fault {
  readonly when: (error: Error) => boolean;
  readonly fact: string;
  readonly hint: string;
}

const READING =
  's3:GetObject and, without which a missing object looks like a refusal, s3:ListBucket on the bucket; and kms:Decrypt on its key';
const WRITING =
  's3:PutObject, s3:PutObjectRetention, s3:GetBucketObjectLockConfiguration, s3:AbortMultipartUpload, s3:DeleteObject, s3:ListBucket and s3:ListBucketMultipartUploads, and kms:GenerateDataKey on its key';

/** The first that fits counts. */
const FAULTS: readonly Fault[] = [
  {
    when: (error) => hasName(error, 'NoSuchBucket'),
    fact: 'the bucket is not there',
    hint: 'check the bucket in MSR_VAULT_URL, its account and AWS_REGION',
  },
  {
    when: (error) => hasName(error, 'CredentialsProviderError'),
    fact: 'there are no AWS credentials',
    hint: 'give the task a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  },
  {
    when: (error) => hasName(error, 'ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'),
    fact: 'the AWS credentials have expired',
    hint: 'sign in again (`aws sso login`), then run it again',
  },
  {
    when: (error) => hasName(error, 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken'),
    fact: 'the AWS credentials are not valid there',
    hint: "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile, and that the machine's clock is right",
  },
  {
    when: (error) => /^Region is missing/.test(error.message),
    fact: 'no AWS region is set',
    hint: "set AWS_REGION to the bucket's region",
  },
  {
    when: (error) =>
      error.name.startsWith('KMS.') || /\bKMS\b.*\b(disabled|pending|denied)\b/i.test(error.message),
    fact: 'its key cannot be used',
    hint: 'see in KMS whether the key is enabled and not scheduled for deletion, and whether its policy names this role',
  },
  {
    when: (error) => hasName(error, 'InvalidObjectState'),
    fact: 'the object lies in an archive (Glacier)',
    hint: 'restore it in S3 (`aws s3api restore-object`), and run it again when that is done',
  },
];

function faultOf(error: Error, rights: string): Omit<Fault, 'when'> {
  const known = FAULTS.find(({ when }) => when(error));
  if (known !== undefined) return known;
  if (statusOf(error) === 403) return { fact: `access denied${said(error)}`, hint: `allow ${rights}` };
  const answered = statusOf(error);
  return answered === undefined
    ? {
        fact: error.message || error.name,
        hint: 'check the network, AWS_REGION and AWS_ENDPOINT_URL, then run it again',
      }
    : {
        fact: `S3 answered ${answered}${said(error)}`,
        hint: "the message is S3's own; mend what it says, then run it again",
      };
}

/** A HEAD's answer has no body, for which the SDK makes a text up. */
function said({ name, message }: Error): string {
  return /^(Unknown|UnknownError|\d{3}|Forbidden|NotFound)$/.test(name) ? '' : ` (${name}: ${message})`;
}

/** What a failed request means to an operator. @returns the error to throw */
export function s3WriteFault(error: unknown, path: string, url: string): unknown {
  return fault(error, `the vault ${url} cannot be written (${path})`, WRITING, VaultWriteError);
}

/** Like `s3WriteFault`, for reads: a refusal is an error, never 'nothing stored'. */
export function s3ReadFault(error: unknown, path: string, url: string): unknown {
  return fault(error, `the vault ${url} cannot be read (${path})`, READING, VaultReadError);
}

function fault(
  error: unknown,
  what: string,
  rights: string,
  Fault: typeof VaultReadError | typeof VaultWriteError,
): unknown {
  if (!(error instanceof Error) || error instanceof OperatorError) return error;
  const { fact, hint } = faultOf(error, rights);
  return new Fault(`${what}: ${fact}`, { hint, cause: error });
}
