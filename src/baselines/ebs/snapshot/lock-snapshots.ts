import {
  DescribeLockedSnapshotsCommand,
  type EC2Client,
  type LockedSnapshotsInfo,
  LockSnapshotCommand,
} from '@aws-sdk/client-ec2';
import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import type { EbsOptions } from '../options.ts';
import { ec2Client, refused } from './ec2-snapshots.ts';
import { placesOf } from './places.ts';

/**
 * Locks the snapshots and their copies.
 * @throws EbsSnapshotError naming the first that cannot be locked; call it again
 */
export async function lockSnapshots(
  volumes: EbsVolumes,
  lock: NonNullable<EbsOptions['lock']>,
): Promise<void> {
  for (const { region, ids } of placesOf(volumes)) {
    const client = ec2Client(region);
    const locked = await lockedAlready(client, ids);
    for (const id of ids) {
      const found = locked.find(({ SnapshotId }) => SnapshotId === id);
      if (!isLockedAs(found, lock)) await lockOne(client, id, lock);
    }
  }
}

/**
 * Whether a lock is what is wanted. Once a compliance lock has no cooling-off period left, EC2 refuses every
 * change but a longer duration
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LockSnapshot.html), the same one among them.
 */
export function isLockedAs(
  found: Pick<LockedSnapshotsInfo, 'LockState' | 'LockDuration'> | undefined,
  { mode, days }: NonNullable<EbsOptions['lock']>,
): boolean {
  if (found?.LockState === undefined || (found.LockDuration ?? 0) < days) return false;
  return found.LockState.startsWith('compliance') || found.LockState === mode;
}

/** What is not locked is not answered. A role that may not look can lock all the same. */
async function lockedAlready(client: EC2Client, ids: readonly string[]): Promise<LockedSnapshotsInfo[]> {
  const { Snapshots = [] }: { readonly Snapshots?: LockedSnapshotsInfo[] | undefined } = await client
    .send(new DescribeLockedSnapshotsCommand({ SnapshotIds: [...ids] }))
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'UnauthorizedOperation') return {};
      return refused(`the locks of ${ids.join(', ')} cannot be seen`)(error);
    });
  return Snapshots;
}

async function lockOne(
  client: EC2Client,
  id: string,
  { mode, days }: NonNullable<EbsOptions['lock']>,
): Promise<void> {
  await client
    .send(new LockSnapshotCommand({ SnapshotId: id, LockMode: mode, LockDuration: days }))
    .catch(refused(`the snapshot ${id} cannot be locked`));
}
