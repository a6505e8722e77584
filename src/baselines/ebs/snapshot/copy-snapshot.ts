import { CopySnapshotCommand, type Tag } from '@aws-sdk/client-ec2';
import type { EbsOptions } from '../options.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import { ec2Client, refused } from './ec2-snapshots.ts';

/**
 * Starts the copy of one snapshot to where the options want it. It carries the snapshot's tags and says which
 * one it is of: so it is found again by whoever has not seen the answer.
 * @throws EbsSnapshotError where EC2 refuses
 */
export async function copySnapshot(
  { region, copyTo }: Pick<EbsOptions, 'region' | 'copyTo'>,
  id: string,
  tags: readonly Tag[],
): Promise<void> {
  if (copyTo === undefined) return;
  const { kmsKeyId } = copyTo;
  await ec2Client(copyTo.region)
    .send(
      new CopySnapshotCommand({
        SourceRegion: region,
        SourceSnapshotId: id,
        Description: `MSR Recovery: copy of ${id}`,
        ...(kmsKeyId === undefined ? {} : { Encrypted: true, KmsKeyId: kmsKeyId }),
        TagSpecifications: [
          { ResourceType: 'snapshot', Tags: [...tags, { Key: SnapshotTag.copyOf, Value: id }] },
        ],
      }),
    )
    .catch(refused(`the snapshot ${id} cannot be copied`));
}
