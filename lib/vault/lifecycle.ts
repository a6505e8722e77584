import { Duration } from 'aws-cdk-lib';
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { EXPIRED_TAG } from '../../src/vault/expirable.ts';

const ABORT_INCOMPLETE: LifecycleRule = {
  id: 'abort-incomplete-uploads',
  abortIncompleteMultipartUploadAfter: Duration.days(2),
};

/** A deletion leaves a marker, which without any version left marks nothing. */
const REMOVE_MARKERS: LifecycleRule = { id: 'remove-orphaned-markers', expiredObjectDeleteMarker: true };

/**
 * Lifecycle cannot know which backup is the last good one: it deletes only what our own retention
 * has tagged, and of that noncurrent versions too. A version that somebody else deleted stays: its
 * tag does not say expired.
 */
export const VAULT_LIFECYCLE: LifecycleRule[] = [
  {
    id: 'delete-what-retention-has-expired',
    tagFilters: { [EXPIRED_TAG.key]: EXPIRED_TAG.value },
    expiration: Duration.days(1),
    noncurrentVersionExpiration: Duration.days(1),
  },
  ABORT_INCOMPLETE,
  REMOVE_MARKERS,
];

/** Locks are renewed every few seconds; older states of documents are of use for a few days only. */
export const DOCUMENTS_LIFECYCLE: LifecycleRule[] = [
  { id: 'forget-old-versions', noncurrentVersionExpiration: Duration.days(7) },
  ABORT_INCOMPLETE,
  REMOVE_MARKERS,
];

export const LOGS_LIFECYCLE: LifecycleRule[] = [
  { id: 'forget-access-logs', expiration: Duration.days(365) },
  ABORT_INCOMPLETE,
];
