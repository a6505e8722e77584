import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';

/** Snapshots and copies, each in its region. */
export function placesOf({ region, snapshots, copies }: EbsVolumes): ReadonlyArray<{
  readonly region: string;
  readonly ids: readonly string[];
}> {
  return [
    { region, ids: snapshots.map(({ snapshotId }) => snapshotId) },
    ...(copies === undefined ? [] : [{ region: copies.region, ids: copies.snapshotIds }]),
  ];
}
