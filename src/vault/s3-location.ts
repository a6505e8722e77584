import { OperatorError } from '../core/operator-error.ts';

/** How long an artifact can be deleted by nobody (COMPLIANCE) or by few (GOVERNANCE). */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days: number;
}

/** What the URL of a vault in S3 names. */
export interface S3Location {
  /** The artifacts' bucket; Object Lock stands here. */
  readonly bucket: string;
  /** The bucket of locks, freezes, plans and progress, which change and go: no Object Lock here. */
  readonly documentsBucket: string;
  /** Empty, or ends in `/`. The same in both buckets. */
  readonly prefix: string;
  /** undefined: the bucket's default. */
  readonly retention: Retention | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** Characters that need no escape anywhere; and a prefix cannot look like two. */
const PREFIX = /^([A-Za-z0-9!_.*'()-]+\/)*$/;
const RETENTION = /^(GOVERNANCE|COMPLIANCE):([1-9]\d{0,4})$/;
const PARAMETERS: readonly string[] = ['documents', 'retention'];

const EXPECTED = 'expected MSR_VAULT_URL=s3://bucket/prefix?documents=other-bucket&retention=GOVERNANCE:35';

/**
 * Reads `s3://bucket/prefix?documents=other-bucket&retention=MODE:days`; both parameters may be absent.
 * @throws OperatorError naming what is wrong
 */
export function parseS3Location(url: string): S3Location {
  const parsed = new URL(url);
  const path = parsed.pathname.replace(/^\/+|\/+$/g, '');
  const prefix = path === '' ? '' : `${path}/`;
  const unknown = [...parsed.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw notALocation(url, `the parameter ${unknown} is not known`);
  if (parsed.username !== '' || parsed.port !== '') throw notALocation(url, 'only a bucket can stand there');
  if (!PREFIX.test(prefix)) throw notALocation(url, `${path} cannot be a prefix`);
  const documentsBucket = parsed.searchParams.get('documents') ?? parsed.hostname;
  for (const bucket of [parsed.hostname, documentsBucket]) {
    if (!BUCKET.test(bucket)) throw notALocation(url, `${JSON.stringify(bucket)} cannot be a bucket`);
  }
  const retention = parseRetention(url, parsed.searchParams.get('retention'));
  return { bucket: parsed.hostname, documentsBucket, prefix, retention };
}

function parseRetention(url: string, text: string | null): Retention | undefined {
  if (text === null) return undefined;
  const [, mode, days] = RETENTION.exec(text) ?? [];
  if (mode === 'GOVERNANCE' || mode === 'COMPLIANCE') return { mode, days: Number(days) };
  throw notALocation(url, `${text} is not a retention`);
}

function notALocation(url: string, fact: string): OperatorError {
  // A user or a password has no place in it; whoever wrote one meant something secret.
  const shown = url.replace(/\/\/[^/@]*@/, '//***@');
  return new OperatorError(`${shown} is not the URL of a vault: ${fact}`, { hint: EXPECTED });
}
