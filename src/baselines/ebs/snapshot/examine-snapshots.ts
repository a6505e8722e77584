import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import type { VolumeFinding } from '../../volumes-handler.ts';
import { describeSnapshots, ec2Client, snapshotFacts } from './ec2-snapshots.ts';
import { placesOf } from './places.ts';
import { judgeSnapshots } from './select-volumes.ts';

/** Whether all of them are there and complete. Nobody can read a snapshot without a volume made from it. */
export async function examineSnapshots(volumes: EbsVolumes): Promise<VolumeFinding> {
  const places = placesOf(volumes);
  for (const { region: place, ids } of places) {
    const found = await describeSnapshots(ec2Client(place), { ids });
    const state = judgeSnapshots(ids, snapshotFacts(found));
    if (state.kind === 'failed') return { outcome: 'damaged', fact: `in ${place} ${state.fact}` };
    if (state.kind === 'pending') return { outcome: 'damaged', fact: `in ${place} they are not complete` };
  }
  const count = places.reduce((sum, { ids }) => sum + ids.length, 0);
  const fact = `${count} snapshots are there and complete; what they hold only a restore (a drill) proves`;
  return { outcome: 'intact', fact };
}
