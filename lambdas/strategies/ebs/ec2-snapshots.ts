import {
  CopySnapshotCommand,
  CreateSnapshotsCommand,
  DeleteSnapshotCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Instance,
  LockSnapshotCommand,
  type Snapshot,
  type Tag,
} from '@aws-sdk/client-ec2';
import type { EbsVolumes } from '../../backup/volumes-schema.ts';
import { OperatorError } from '../../operator-error.ts';
import { poll } from '../../poll.ts';
import type { Progress } from '../../progress.ts';
import type { EbsOptions } from './options.ts';
import { type InstanceFacts, judgeSnapshots, type SnapshotFacts } from './select-volumes.ts';

/** EC2 took no snapshots, or not all, or they failed; the backup does not exist. */
export class EbsSnapshotError extends OperatorError {
  override readonly name = 'EbsSnapshotError';
}

/** @param region as the options name it; credentials come from the environment, as for every AWS client */
export function ec2Client(region: string): EC2Client {
  return new EC2Client({ region });
}

/** @throws EbsSnapshotError where there is no such instance; what EC2 throws */
export async function describeInstance(client: EC2Client, instanceId: string): Promise<InstanceFacts> {
  const { Reservations = [] } = await client
    .send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }))
    .catch(refused(`the instance ${instanceId} cannot be described`));
  const [instance] = Reservations.flatMap(({ Instances = [] }) => Instances);
  if (instance !== undefined) return factsOf(instance, instanceId);
  throw new EbsSnapshotError(`there is no instance ${instanceId}`, {
    hint: 'check instanceId and region in the options of the strategy',
  });
}

function factsOf(instance: Instance, instanceId: string): InstanceFacts {
  return {
    instanceId,
    state: instance.State?.Name ?? 'unknown',
    rootDevice: instance.RootDeviceName,
    volumes: (instance.BlockDeviceMappings ?? []).flatMap(({ DeviceName: device, Ebs }) =>
      device === undefined || Ebs?.VolumeId === undefined ? [] : [{ volumeId: Ebs.VolumeId, device }],
    ),
  };
}

/**
 * All volumes at one instant, by the one call that does so
 * (https://docs.aws.amazon.com/ebs/latest/userguide/ebs-creating-snapshots.html#ebs-create-snapshot-instance).
 * @throws EbsSnapshotError where EC2 refuses
 */
export async function createSnapshots(
  client: EC2Client,
  options: EbsOptions,
  tags: readonly Tag[],
): Promise<readonly Snapshot[]> {
  const { instanceId, excludeBootVolume, excludeVolumeIds } = options;
  const { Snapshots = [] } = await client
    .send(
      new CreateSnapshotsCommand({
        InstanceSpecification: {
          InstanceId: instanceId,
          ExcludeBootVolume: excludeBootVolume,
          ...(excludeVolumeIds.length === 0 ? {} : { ExcludeDataVolumeIds: excludeVolumeIds }),
        },
        Description: 'MSR Recovery: baseline of a backup',
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: [...tags] }],
      }),
    )
    .catch(refused(`EC2 took no snapshots of ${instanceId}`));
  return Snapshots;
}

export async function describeSnapshots(
  client: EC2Client,
  filter: { readonly ids: readonly string[] } | { readonly tags: Readonly<Record<string, string>> },
): Promise<Snapshot[]> {
  const filters =
    'ids' in filter
      ? [{ Name: 'snapshot-id', Values: [...filter.ids] }]
      : Object.entries(filter.tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const found: Snapshot[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: filters, NextToken: token }),
    );
    found.push(...(page.Snapshots ?? []));
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return found;
}

export function snapshotFacts(snapshots: readonly Snapshot[]): SnapshotFacts[] {
  return snapshots.map(({ SnapshotId, State, Progress: progress, StateMessage }) => ({
    snapshotId: SnapshotId ?? '',
    state: State ?? 'unknown',
    progress,
    stateMessage: StateMessage,
  }));
}

/**
 * Waits until all of them are completed.
 * @throws EbsSnapshotError naming the one that failed, or the deadline
 */
export async function awaitSnapshots(
  client: EC2Client,
  ids: readonly string[],
  watch: { readonly progress: Progress; readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<void> {
  const done = await poll(
    async () => {
      const state = judgeSnapshots(ids, snapshotFacts(await describeSnapshots(client, { ids })));
      if (state.kind === 'failed') {
        throw new EbsSnapshotError(state.fact, {
          hint: 'the snapshots of this backup are removed; the events of EC2 say more',
        });
      }
      if (state.kind === 'completed') return true;
      const { percent } = state;
      watch.progress.update({ activity: 'volume snapshots', done: percent, total: 100, unit: 'steps' });
      return undefined;
    },
    { deadlineMs: watch.deadlineMs, intervalMs: 5_000, signal: watch.signal },
  );
  if (done) return;
  throw new EbsSnapshotError(
    `the snapshots ${ids.join(', ')} are not complete after ${Math.round(watch.deadlineMs / 60_000)} min`,
    {
      hint: 'raise readyMinutes in the options of the strategy: a first snapshot of large volumes takes hours',
    },
  );
}

/** In the order of `ids`. The copies carry the same tags. @throws EbsSnapshotError */
export async function copySnapshots(
  from: { readonly region: string; readonly ids: readonly string[] },
  to: { readonly client: EC2Client; readonly kmsKeyId?: string | undefined },
  tags: readonly Tag[],
): Promise<string[]> {
  const copies: string[] = [];
  for (const id of from.ids) {
    const { SnapshotId } = await to.client
      .send(
        new CopySnapshotCommand({
          SourceRegion: from.region,
          SourceSnapshotId: id,
          ...(to.kmsKeyId === undefined ? {} : { Encrypted: true, KmsKeyId: to.kmsKeyId }),
          TagSpecifications: [{ ResourceType: 'snapshot', Tags: [...tags] }],
        }),
      )
      .catch(refused(`the snapshot ${id} cannot be copied`));
    if (SnapshotId === undefined)
      throw new EbsSnapshotError(`EC2 answered no copy of ${id}`, { hint: 'try again' });
    copies.push(SnapshotId);
  }
  return copies;
}

export async function lockSnapshots(
  client: EC2Client,
  ids: readonly string[],
  { mode, days }: NonNullable<EbsOptions['lock']>,
): Promise<void> {
  for (const id of ids) {
    await client
      .send(new LockSnapshotCommand({ SnapshotId: id, LockMode: mode, LockDuration: days }))
      .catch(refused(`the snapshot ${id} cannot be locked`));
  }
}

/** Benign for what is gone. @returns what could not be deleted, with EC2's reason */
export async function deleteSnapshots(client: EC2Client, ids: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const id of ids) {
    try {
      await client.send(new DeleteSnapshotCommand({ SnapshotId: id }));
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidSnapshot.NotFound') continue;
      left.push(`${id} (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  return left;
}

/** Which volumes are encrypted: a snapshot is as its volume. */
export async function volumesOf(
  client: EC2Client,
  snapshots: readonly Snapshot[],
  devices: InstanceFacts['volumes'],
): Promise<EbsVolumes['snapshots']> {
  const ids = snapshots.flatMap(({ VolumeId }) => VolumeId ?? []);
  const { Volumes = [] } = await client.send(new DescribeVolumesCommand({ VolumeIds: ids }));
  return snapshots.map(({ SnapshotId = '', VolumeId = '', VolumeSize = 1, Encrypted }) => ({
    snapshotId: SnapshotId,
    volumeId: VolumeId,
    device: devices.find(({ volumeId }) => volumeId === VolumeId)?.device ?? 'unknown',
    sizeGiB: VolumeSize,
    encrypted: Encrypted ?? Volumes.find((volume) => volume.VolumeId === VolumeId)?.Encrypted ?? false,
  }));
}

/** An operator's error for what EC2 refuses: its own message says why. */
function refused(what: string): (cause: unknown) => never {
  return (cause) => {
    throw new EbsSnapshotError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: 'check the ids and the region in the options of the strategy, and the rights of the role (docs/strategies/ebs.md)',
      cause,
    });
  };
}
