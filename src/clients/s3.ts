import { S3Client } from '@aws-sdk/client-s3';

const CONNECT_TIMEOUT_MS = 5_000;
/** A connection that carries nothing for so long is dead; a download then goes on where it was. */
const IDLE_TIMEOUT_MS = 60_000;
/** With the SDK's back-off some seconds in all. */
const ATTEMPTS = 6;

const clients = new Map<string, S3Client>();

/**
 * The S3 client of this process: one connection pool, however often a vault is opened. Region,
 * credentials and endpoint come from the SDK's own chain (AWS_REGION, the task's role,
 * AWS_ENDPOINT_URL for another S3 server).
 */
export function s3Client(): S3Client {
  const endpoint = process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'] ?? '';
  const known = clients.get(endpoint);
  if (known !== undefined) return known;
  const client = newS3Client({ ownServer: endpoint !== '' });
  clients.set(endpoint, client);
  return client;
}

interface S3ClientOptions {
  /** Not AWS's: it seldom has a DNS name for each bucket, so that the bucket goes into the path. */
  readonly ownServer: boolean;
  /** @default the SDK's chain */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A client of its own. */
export function newS3Client({ ownServer, credentials }: S3ClientOptions): S3Client {
  return new S3Client({
    maxAttempts: ATTEMPTS,
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
    // An artifact is proven by the SHA-256 of its manifest, whose mismatch is a finding
    // and not a failed download.
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(credentials === undefined ? {} : { credentials }),
    ...(ownServer ? { forcePathStyle: true } : {}),
  });
}
