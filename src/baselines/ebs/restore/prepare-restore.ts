import type { Snapshot, Tag } from '@aws-sdk/client-ec2';
import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import { describeSnapshots, snapshotFacts } from '../snapshot/ec2-snapshots.ts';
import { judgeSnapshots } from '../snapshot/select-volumes.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import { describeRecoveryInstance, findVolumes } from './ec2-volumes.ts';
import { EbsRestoreError } from './restore-error.ts';
import type { RestoreScene } from './restore-scene.ts';
import { fillCommands } from './run-commands.ts';
import {
  planVolumes,
  type RecoveryInstance,
  refuseInstance,
  type VolumePlan,
  type WantedVolume,
  wantedVolumes,
} from './volume-plan.ts';

/** Everything that is known before the first change. */
export interface PreparedRestore {
  readonly plan: VolumePlan;
  readonly wanted: readonly WantedVolume[];
  readonly instance: RecoveryInstance;
  /** The tags of the volumes that are made. */
  readonly tags: Tag[];
}

/**
 * Looks at everything, and changes nothing.
 * @param owner value of the tag `msr-instance`; @default that of the snapshots
 * @throws EbsRestoreError for what cannot be restored, or not there
 */
export async function prepareRestore(
  { region, ec2, options, request }: RestoreScene,
  volumes: EbsVolumes,
  owner: string | undefined,
): Promise<PreparedRestore> {
  const wanted = wantedVolumes(volumes, region, options.devices);
  fillCommands(options.commands, deviceNames(wanted.map((each) => [each, 'vol-0'])));
  const ids = wanted.map(({ snapshotId }) => snapshotId);
  const snapshots = await describeSnapshots(ec2, { ids });
  refuseIncomplete(ids, snapshots);
  const tags = tagsOf(snapshots, request.name, owner);
  const instance = await describeRecoveryInstance(ec2, options.recoveryInstanceId);
  refuseInstance(instance, tagValue(tags, SnapshotTag.instance), volumes.instanceId);
  const found = await findVolumes(ec2, { tags: { [SnapshotTag.restore]: request.name } });
  return { plan: planVolumes(wanted, found, instance), wanted, instance, tags };
}

function refuseIncomplete(ids: readonly string[], snapshots: readonly Snapshot[]): void {
  const state = judgeSnapshots(ids, snapshotFacts(snapshots));
  if (state.kind === 'completed') return;
  const fact =
    state.kind === 'failed' ? state.fact : `the snapshots are not complete yet: ${state.percent} %`;
  throw new EbsRestoreError(fact, {
    hint:
      state.kind === 'failed'
        ? 'restore another backup, or the copies in another region (restore.region); the Recycle Bin keeps deleted snapshots for a while'
        : 'run it again when they are',
  });
}

/** Those that tie the snapshots to their backup, and the restore's name. */
function tagsOf(snapshots: readonly Snapshot[], name: string, owner: string | undefined): Tag[] {
  const given = snapshots[0]?.Tags ?? [];
  const instance = owner ?? (tagValue(given, SnapshotTag.instance) || undefined);
  if (instance === undefined) {
    throw new EbsRestoreError(`the snapshots carry no tag ${SnapshotTag.instance}`, {
      hint: "tag them as the backup did, or name the tag's value in the option instance",
    });
  }
  const kept = [SnapshotTag.backup, SnapshotTag.vault].flatMap((key) => {
    const value = tagValue(given, key);
    return value === '' ? [] : [{ Key: key, Value: value }];
  });
  return [
    { Key: 'Name', Value: name },
    { Key: SnapshotTag.instance, Value: instance },
    ...kept,
    { Key: SnapshotTag.restore, Value: name },
  ];
}

/** Empty where there is none. */
export function tagValue(tags: readonly Tag[], key: string): string {
  return tags.find(({ Key }) => Key === key)?.Value ?? '';
}

/** The names that commands call the volumes by: those that the database knew. */
export function deviceNames(volumes: readonly (readonly [WantedVolume, string])[]): Map<string, string> {
  return new Map(
    volumes.map(([{ recordedDevice, device }, volumeId]) => [
      recordedDevice.startsWith('/dev/') ? recordedDevice : device,
      volumeId,
    ]),
  );
}
