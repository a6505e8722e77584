import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  type EC2Client,
  type Tag,
  type Volume,
} from '@aws-sdk/client-ec2';
import { messageOf } from '../../../core/operator-error.ts';
import { EbsRestoreError, refusedBy } from './restore-error.ts';
import type { RestoreOptions } from './restore-options.ts';
import type { RecoveryInstance, RestoredVolume, WantedVolume } from './volume-plan.ts';

/** @throws EbsRestoreError where EC2 knows no such instance */
export async function describeRecoveryInstance(
  client: EC2Client,
  instanceId: string,
): Promise<RecoveryInstance> {
  const { Reservations = [] } = await client
    .send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }))
    .catch(refusedBy('EC2', `the recovery instance ${instanceId} cannot be described`));
  const [instance] = Reservations.flatMap(({ Instances = [] }) => Instances);
  const zone = instance?.Placement?.AvailabilityZone;
  if (instance === undefined || zone === undefined) {
    throw new EbsRestoreError(`there is no recovery instance ${instanceId}`, {
      hint: 'check restore.recoveryInstanceId and restore.region in the options of the strategy',
    });
  }
  return {
    instanceId,
    state: instance.State?.Name ?? 'unknown',
    zone,
    tags: Object.fromEntries((instance.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    devices: new Map(
      (instance.BlockDeviceMappings ?? []).map(({ DeviceName = '', Ebs }) => [
        DeviceName,
        Ebs?.VolumeId ?? 'another device',
      ]),
    ),
  };
}

/** Volumes that are not gone. */
export async function findVolumes(
  client: EC2Client,
  filter: { readonly ids: readonly string[] } | { readonly tags: Readonly<Record<string, string>> },
): Promise<RestoredVolume[]> {
  const filters =
    'ids' in filter
      ? [{ Name: 'volume-id', Values: [...filter.ids] }]
      : Object.entries(filter.tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const found: Volume[] = [];
  let token: string | undefined;
  do {
    const page = await client
      .send(new DescribeVolumesCommand({ Filters: filters, NextToken: token }))
      .catch(refusedBy('EC2', 'the restored volumes cannot be described'));
    found.push(...(page.Volumes ?? []));
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return found.map(factsOf).filter(({ state }) => state !== 'deleting' && state !== 'deleted');
}

function factsOf(volume: Volume): RestoredVolume {
  const attached = (volume.Attachments ?? []).find(({ State }) => State !== 'detached');
  return {
    volumeId: volume.VolumeId ?? '',
    snapshotId: volume.SnapshotId ?? '',
    state: volume.State ?? 'unknown',
    zone: volume.AvailabilityZone ?? '',
    createdAt: volume.CreateTime ?? new Date(0),
    ...(attached === undefined
      ? {}
      : {
          attachment: {
            instanceId: attached.InstanceId ?? '',
            device: attached.Device ?? '',
            state: attached.State ?? 'unknown',
          },
        }),
  };
}

/** @returns its id; EC2 has yet to make it. @throws EbsRestoreError */
export async function createVolume(
  client: EC2Client,
  { snapshotId }: WantedVolume,
  { zone, tags, options }: { readonly zone: string; readonly tags: Tag[]; readonly options: RestoreOptions },
): Promise<string> {
  const what = `no volume can be made from ${snapshotId} in ${zone}`;
  const { VolumeId } = await client
    .send(
      new CreateVolumeCommand({
        AvailabilityZone: zone,
        SnapshotId: snapshotId,
        VolumeType: options.volumeType,
        Iops: options.iops,
        Throughput: options.throughput,
        VolumeInitializationRate: options.initializationRateMiBps,
        TagSpecifications: [{ ResourceType: 'volume', Tags: tags }],
      }),
    )
    .catch(refusedBy('EC2', what));
  if (VolumeId !== undefined) return VolumeId;
  throw new EbsRestoreError(`${what}: EC2 answered no id`, { hint: 'run it again' });
}

/** Asks for it; it takes a while. @throws EbsRestoreError */
export async function attachVolume(
  client: EC2Client,
  volumeId: string,
  { instanceId, device }: { readonly instanceId: string; readonly device: string },
): Promise<void> {
  await client
    .send(new AttachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Device: device }))
    .catch(refusedBy('EC2', `${volumeId} cannot be attached to ${instanceId} at ${device}`));
}

/** Asks for it; a volume that is still mounted stays busy. @throws EbsRestoreError */
export async function detachVolume(
  client: EC2Client,
  { volumeId, attachment }: RestoredVolume,
): Promise<void> {
  if (attachment === undefined) return;
  await client
    .send(new DetachVolumeCommand({ VolumeId: volumeId, InstanceId: attachment.instanceId }))
    .catch(refusedBy('EC2', `${volumeId} cannot be detached from ${attachment.instanceId}`));
}

/** Benign for what is gone. @returns what could not be deleted, with EC2's reason */
export async function deleteVolumes(client: EC2Client, ids: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const id of ids) {
    try {
      await client.send(new DeleteVolumeCommand({ VolumeId: id }));
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidVolume.NotFound') continue;
      left.push(`${id} (${messageOf(error)})`);
    }
  }
  return left;
}
