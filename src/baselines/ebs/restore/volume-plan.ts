import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import { EbsRestoreError } from './restore-error.ts';

/** A volume that is to be made of a snapshot, and where it goes. */
export interface WantedVolume {
  readonly snapshotId: string;
  /** The database's volume that the snapshot is of. */
  readonly origin: string;
  /** The device as the database's instance knew it. */
  readonly recordedDevice: string;
  /** The device on the recovery instance. */
  readonly device: string;
}

/** A volume of ours, as EC2 describes it. */
export interface RestoredVolume {
  readonly volumeId: string;
  readonly snapshotId: string;
  /** creating · available · in-use · deleting · deleted · error */
  readonly state: string;
  readonly zone: string;
  readonly createdAt: Date;
  readonly attachment?: { readonly instanceId: string; readonly device: string; readonly state: string };
}

/** The recovery instance, as EC2 describes it. */
export interface RecoveryInstance {
  readonly instanceId: string;
  readonly state: string;
  readonly zone: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Device name → volume. */
  readonly devices: ReadonlyMap<string, string>;
}

/**
 * The backup's snapshots, or their copies, in the region of the recovery instance.
 * @param devices other device names, by the id of the database's volume
 * @throws EbsRestoreError where the region has none, or two of them have one device name
 */
export function wantedVolumes(
  { region: home, snapshots, copies }: EbsVolumes,
  region: string,
  devices: Readonly<Record<string, string>>,
): WantedVolume[] {
  const copied = copies?.region === region ? copies.snapshotIds : undefined;
  if (region !== home && copied === undefined) {
    throw new EbsRestoreError(`the backup has no snapshots in ${region}: they are in ${home}`, {
      hint: `set restore.region to ${copies === undefined ? home : `${home} or ${copies.region}`}, and recoveryInstanceId to an instance there`,
    });
  }
  const wanted = snapshots.map(({ snapshotId, volumeId, device }, index) => ({
    snapshotId: region === home ? snapshotId : (copied?.[index] ?? snapshotId),
    origin: volumeId,
    recordedDevice: device,
    device: devices[volumeId] ?? device,
  }));
  refuseDevices(wanted);
  return wanted;
}

function refuseDevices(wanted: readonly WantedVolume[]): void {
  const unknown = wanted.find(({ device }) => !device.startsWith('/dev/'));
  if (unknown !== undefined) {
    throw new EbsRestoreError(`the backup does not say at which device ${unknown.origin} was`, {
      hint: `name one in restore.devices: {"${unknown.origin}": "/dev/sdf"}`,
    });
  }
  const twice = wanted.find(
    ({ device, origin }) => wanted.find((other) => other.device === device)?.origin !== origin,
  );
  if (twice === undefined) return;
  throw new EbsRestoreError(`two of the volumes are to go to ${twice.device}`, {
    hint: 'give each a name of its own in restore.devices',
  });
}

/**
 * Refuses an instance that may not get them.
 * @param owner value of the tag `msr-instance` that the snapshots carry
 * @param database the database's own instance
 * @throws EbsRestoreError
 */
export function refuseInstance(instance: RecoveryInstance, owner: string, database: string): void {
  const { instanceId, state, tags } = instance;
  if (instanceId === database) {
    throw new EbsRestoreError(`${instanceId} is the database's own instance`, {
      hint: 'name another one in restore.recoveryInstanceId: the live database is never touched',
    });
  }
  const tag = tags[SnapshotTag.instance];
  if (tag !== owner) {
    const found = tag === undefined ? 'does not carry the tag' : `carries "${tag}" in the tag`;
    throw new EbsRestoreError(`the recovery instance ${instanceId} ${found} ${SnapshotTag.instance}`, {
      hint: `if the restore may use it: aws ec2 create-tags --resources ${instanceId} --tags 'Key=${SnapshotTag.instance},Value=${owner}'`,
    });
  }
  if (state === 'running') return;
  throw new EbsRestoreError(`the recovery instance ${instanceId} is ${state}`, {
    hint: 'start it, and run this again',
  });
}

/** What there is to do: which volumes an earlier run left, and which have yet to be made. */
export interface VolumePlan {
  readonly existing: ReadonlyMap<WantedVolume, RestoredVolume>;
  readonly missing: readonly WantedVolume[];
  /** Volumes in state error never become anything. */
  readonly broken: readonly RestoredVolume[];
}

/**
 * @param found what carries the restore's name
 * @throws EbsRestoreError where the name, a volume or a device belongs to something else
 */
export function planVolumes(
  wanted: readonly WantedVolume[],
  found: readonly RestoredVolume[],
  instance: RecoveryInstance,
): VolumePlan {
  const stranger = found.find(({ snapshotId }) => !wanted.some((each) => each.snapshotId === snapshotId));
  if (stranger !== undefined) {
    throw new EbsRestoreError(
      `the volume ${stranger.volumeId} of the same name was made from ${stranger.snapshotId || 'no snapshot'}, which is none of this backup`,
      { hint: 'give another --name, or remove what the other restore made with --discard' },
    );
  }
  const sound = found.filter(({ state }) => state !== 'error');
  const existing = new Map<WantedVolume, RestoredVolume>();
  for (const each of wanted) {
    const own = sound.filter(({ snapshotId }) => snapshotId === each.snapshotId);
    const volume = own.find(({ attachment }) => attachment !== undefined) ?? own[0];
    refuseTaken(each, volume, instance);
    if (volume !== undefined) existing.set(each, volume);
  }
  return {
    existing,
    missing: wanted.filter((each) => !existing.has(each)),
    broken: found.filter(({ state }) => state === 'error'),
  };
}

function refuseTaken(
  { device }: WantedVolume,
  volume: RestoredVolume | undefined,
  { instanceId, zone, devices }: RecoveryInstance,
): void {
  const there = devices.get(device);
  if (there !== undefined && there !== volume?.volumeId) {
    throw new EbsRestoreError(`${device} of the recovery instance ${instanceId} is in use by ${there}`, {
      hint: 'detach that volume, or give another device name in restore.devices',
    });
  }
  if (volume === undefined) return;
  const { attachment, volumeId } = volume;
  if (attachment !== undefined && (attachment.instanceId !== instanceId || attachment.device !== device)) {
    throw new EbsRestoreError(
      `the restored volume ${volumeId} is attached to ${attachment.instanceId} at ${attachment.device}, and not to ${instanceId} at ${device}`,
      { hint: 'remove what the earlier restore made with --discard, or give another --name' },
    );
  }
  if (volume.zone === zone) return;
  throw new EbsRestoreError(
    `the restored volume ${volumeId} is in ${volume.zone}, and ${instanceId} in ${zone}`,
    { hint: 'remove what the earlier restore made with --discard, or give another --name' },
  );
}
