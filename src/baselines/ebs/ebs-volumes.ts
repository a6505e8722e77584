import type { VolumesHandler } from '../volumes-handler.ts';
import type { EbsOptions } from './options.ts';
import { discardEbs } from './restore/discard-ebs.ts';
import { restoreEbs } from './restore/restore-ebs.ts';
import { deleteSnapshots, ec2Client } from './snapshot/ec2-snapshots.ts';
import { examineSnapshots } from './snapshot/examine-snapshots.ts';
import { followSnapshots } from './snapshot/follow-snapshots.ts';
import { lockSnapshots } from './snapshot/lock-snapshots.ts';
import { placesOf } from './snapshot/places.ts';

/** Looks after EBS snapshots and their copies in another region. */
export function ebsVolumes(options: EbsOptions): VolumesHandler<'ebs'> {
  const { lock } = options;
  return {
    examine: examineSnapshots,
    follow: (ctx, taken) => followSnapshots(ctx, options, taken),
    lock: async (volumes) => {
      if (lock !== undefined) await lockSnapshots(volumes, lock);
    },
    remove: async (volumes) => {
      const left: string[] = [];
      for (const { region, ids } of placesOf(volumes)) {
        left.push(...(await deleteSnapshots(ec2Client(region), ids)));
      }
      return left;
    },
    restore: (request) => restoreEbs(options, request),
    discard: (request) => discardEbs(options, request),
  };
}
