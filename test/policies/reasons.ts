import type { Grant } from './grants.ts';

/** A right that no call has needed, and that stays. */
export interface KeptGrant {
  readonly fits: (grant: Grant) => boolean;
  readonly because: string;
}

const isOf = (service: string) => (grant: Grant) => grant.action.startsWith(`${service}:`);

/** One that fits nothing any more has to go. */
export const KEPT_GRANTS: readonly KeptGrant[] = [
  {
    fits: ({ action, resource }) => action === 'lambda:InvokeFunction' && resource.endsWith(':*'),
    because: "the CDK's own grants name a function's versions, too; there are none",
  },
  {
    fits: ({ action, policies }) =>
      isOf('ec2')({ action } as Grant) &&
      [...policies].every((name) => name.includes('/CustomVpcRestrictDefaultSG')),
    because:
      "the CDK's own custom resource empties the network's default security group, during a deployment",
  },
  {
    fits: ({ action }) => action === 'secretsmanager:DescribeSecret',
    because: "the CDK's grantRead gives it with the right to read the value, and it shows less",
  },
  {
    fits: ({ action, resource }) => action === 's3:GetObjectRetention' && resource.includes('-vault-'),
    because:
      'HeadObject, which is called, tells how an object is retained to whoever may know; nobody is denied',
  },
  {
    fits: ({ action, principal }) => action === 'kms:*' && principal?.includes(':root') === true,
    because:
      "the key's account decides by its own policies; without it nobody could ever change the key's policy",
  },
  {
    fits: ({ action, policies }) =>
      ['s3:GetBucketVersioning', 's3:ListBucket'].includes(action) &&
      [...policies].every((name) => name.includes('/CopyPolicy')),
    because:
      'S3 looks at the copy of another account when the replication is set: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-walkthrough-2.html',
  },
];

/** A service's endpoint that nothing of ours calls and that is made all the same. */
export const KEPT_ENDPOINTS: Readonly<Record<string, string>> = {
  ssmmessages: "the recovery instance's SSM agent speaks through it",
  ec2messages: "the recovery instance's SSM agent speaks through it",
};

/** Parts of the deployment that make no call of the SDK in any run, each with its reason. */
export const SILENT_PARTS: Readonly<Record<string, string>> = {
  'msr-after-failure':
    'settles a task that failed; test/backup/backup-machine.engine.test.ts, with a vault of files',
  'msr-roll-back': 'rolls a recovery back that failed; test/recovery and the drill, with a vault of files',
};

/** Operations that engine tests call, and that no deployment does. */
export const NOT_DEPLOYED: Readonly<Record<string, string>> = {
  GetObjectLockConfiguration: "a deployed vault's URL names its retention; without it the bucket is asked",
};
