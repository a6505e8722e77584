import {
  CreateSnapshotsCommand,
  DeleteSnapshotCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Instance,
  type Snapshot,
  type Tag,
} from '@aws-sdk/client-ec2';
import { messageOf, OperatorError } from '../../../core/operator-error.ts';
import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import type { EbsOptions } from '../options.ts';
import type { InstanceFacts, SnapshotFacts } from './select-volumes.ts';

/** EC2 took no snapshots, or not all, or they failed; the backup does not exist. */
export class EbsSnapshotError extends OperatorError {
  override readonly name: string = 'EbsSnapshotError';
}

/**
 * EC2 took none, since it took some of the same volumes, or answered too many calls, a moment ago: the same
 * call succeeds once that is over.
 */
export class EbsBusyError extends EbsSnapshotError {
  override readonly name: string = 'EbsBusyError';
}

/**
 * So long it takes no second snapshot of a volume (vmware-tanzu/velero#5776 met it).
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
export const EBS_BUSY_MS = 15_000;
const BUSY_CODES: ReadonlySet<string> = new Set([
  'SnapshotCreationPerVolumeRateExceeded',
  'ConcurrentSnapshotLimitExceeded',
  'RequestLimitExceeded',
]);

/** @param region as the options name it; credentials come from the environment, as for every AWS client */
export function ec2Client(region: string): EC2Client {
  return new EC2Client({ region });
}

/** No call that the pause may wait for takes longer. */
const CALL_TIMEOUT_MS = 20_000;

/**
 * Another client for calls that must not be repeated, with the connections and the credentials
 * that the given one has by now. CreateSnapshots has no client token: a retry of a call whose
 * answer was lost takes a second set.
 */
export function withoutRetries({ config }: EC2Client): EC2Client {
  const { region, credentials, requestHandler } = config;
  return new EC2Client({ region, credentials, requestHandler, maxAttempts: 1 });
}

/** @throws EbsSnapshotError where there is no such instance; what EC2 throws */
export async function describeInstance(client: EC2Client, instanceId: string): Promise<InstanceFacts> {
  const { Reservations = [] } = await client
    .send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }), bounded())
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
 * @param client as withoutRetries makes it
 * @throws EbsBusyError where it is to be asked later; EbsSnapshotError where EC2 refuses, or
 *   does not answer in time: then snapshots may be there all the same
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
      bounded(),
    )
    .catch((cause: unknown) => {
      if (!(cause instanceof Error && BUSY_CODES.has(cause.name))) {
        return refused(`EC2 took no snapshots of ${instanceId}`)(cause);
      }
      throw new EbsBusyError(`EC2 takes no snapshots of ${instanceId} just now: ${cause.message}`, {
        hint: 'something else snapshots its volumes: keep their schedules a few minutes apart',
        cause,
      });
    });
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

export function idsOf(snapshots: readonly Snapshot[]): string[] {
  return snapshots.flatMap(({ SnapshotId }) => SnapshotId ?? []);
}

export function tagOf({ Tags = [] }: Snapshot, key: string): string | undefined {
  return Tags.find(({ Key }) => Key === key)?.Value;
}

export function snapshotFacts(snapshots: readonly Snapshot[]): SnapshotFacts[] {
  return snapshots.map(({ SnapshotId, State, Progress: progress, StateMessage }) => ({
    snapshotId: SnapshotId ?? '',
    state: State ?? 'unknown',
    progress,
    stateMessage: StateMessage,
  }));
}

/** Benign for what is gone. @returns what could not be deleted, with EC2's reason */
export async function deleteSnapshots(client: EC2Client, ids: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const id of ids) {
    try {
      await client.send(new DeleteSnapshotCommand({ SnapshotId: id }));
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidSnapshot.NotFound') continue;
      left.push(`${id} (${messageOf(error)})`);
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

function bounded(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) };
}

/** An operator's error for what EC2 refuses: its own message says why. */
export function refused(what: string): (cause: unknown) => never {
  return (cause) => {
    throw new EbsSnapshotError(`${what}: ${messageOf(cause)}`, {
      hint: 'check the ids and the region in the options of the strategy, and the rights of the role (docs/strategies/ebs.md)',
      cause,
    });
  };
}
