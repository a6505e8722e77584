import { type Call, request, via } from './call.ts';
import { keyOf, keyRequests, READ_WITH_KEY, WRITE_WITH_KEY } from './encryption.ts';
import type { AccessRequest } from './simulate.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const ON_BUCKET: Readonly<Record<string, string>> = {
  ListObjectsV2: 's3:ListBucket',
  HeadBucket: 's3:ListBucket',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  GetObjectLockConfiguration: 's3:GetBucketObjectLockConfiguration',
};

const ON_OBJECT: Readonly<Record<string, string>> = {
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  ListParts: 's3:ListMultipartUploadParts',
  DeleteObject: 's3:DeleteObject',
  DeleteObjects: 's3:DeleteObject',
  GetObjectTagging: 's3:GetObjectTagging',
  PutObjectTagging: 's3:PutObjectTagging',
  DeleteObjectTagging: 's3:DeleteObjectTagging',
  GetObjectRetention: 's3:GetObjectRetention',
  PutObjectRetention: 's3:PutObjectRetention',
};

/** What names a version asks for another right. */
const OF_VERSION: Readonly<Record<string, string>> = {
  's3:GetObject': 's3:GetObjectVersion',
  's3:DeleteObject': 's3:DeleteObjectVersion',
  's3:GetObjectTagging': 's3:GetObjectVersionTagging',
  's3:PutObjectTagging': 's3:PutObjectVersionTagging',
  's3:DeleteObjectTagging': 's3:DeleteObjectVersionTagging',
};

const READS = new Set(['GetObject', 'HeadObject']);
/** A multipart upload decrypts its data key for each part. */
const WRITES = new Set(['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']);

/** @throws RangeError for an operation that nothing of ours has called so far */
export function s3Requests(call: Call): AccessRequest[] {
  const { operation, about } = call.call;
  const bucket = `arn:aws:s3:::${about['Bucket']}`;
  const onBucket = ON_BUCKET[operation];
  if (onBucket !== undefined) {
    const context = about['prefix'] === undefined ? {} : { 's3:prefix': about['prefix'] };
    return [request(call, onBucket, bucket, context)];
  }
  const keys = about['Keys'] === undefined ? [about['Key'] ?? ''] : (JSON.parse(about['Keys']) as string[]);
  return keys.flatMap((key) => objectRequests(call, `${bucket}/${key}`, bucket));
}

function objectRequests(call: Call, object: string, bucket: string): AccessRequest[] {
  const { operation, about, status } = call.call;
  const plain = ON_OBJECT[operation];
  if (plain === undefined) throw new RangeError(`nobody has said which right S3's ${operation} asks for`);
  const action = about['versionId'] === undefined ? plain : (OF_VERSION[plain] ?? plain);
  return [
    request(call, action, object),
    ...included(about).map((more) => request(call, more, object)),
    // Whoever may not list gets 'access denied' for what is not there.
    ...(status === 404 ? [request(call, 's3:ListBucket', bucket)] : []),
    ...objectKey(call, bucket),
  ];
}

/** What the request's headers ask for besides. */
function included(about: Readonly<Record<string, string>>): string[] {
  return [
    ...(about['x-amz-tagging'] === undefined ? [] : ['s3:PutObjectTagging']),
    ...(about['x-amz-object-lock-mode'] === undefined ? [] : ['s3:PutObjectRetention']),
    ...(about['x-amz-bypass-governance-retention'] === 'true' ? ['s3:BypassGovernanceRetention'] : []),
    // A condition on what is there reads it.
    ...(about['if-match'] === undefined ? [] : ['s3:GetObject']),
  ];
}

/** With a bucket key, the encryption context is the bucket. */
function objectKey(call: Call, bucket: string): AccessRequest[] {
  const { account, principal } = call;
  const { operation } = call.call;
  if (!READS.has(operation) && !WRITES.has(operation)) return [];
  return keyRequests(account, {
    principal,
    key: keyOf(account, bucket),
    actions: READS.has(operation) ? READ_WITH_KEY : WRITE_WITH_KEY,
    via: via(call, 's3'),
    encryptionContext: { 'aws:s3:arn': bucket },
    because: request(call, '', '').because,
  });
}
