import { z } from 'zod';

/** Snapshots of all volumes of an instance, taken by one call at one instant. */
const ebsVolumes = z.object({
  kind: z.literal('ebs'),
  region: z.string(),
  instanceId: z.string(),
  snapshots: z
    .array(
      z.object({
        snapshotId: z.string(),
        volumeId: z.string(),
        /** The device as the instance knew it: `/dev/sdf`. */
        device: z.string(),
        sizeGiB: z.int().positive(),
        encrypted: z.boolean(),
      }),
    )
    .min(1),
  /** The copies in another region, one for each of the snapshots, in their order. */
  copies: z.object({ region: z.string(), snapshotIds: z.array(z.string()) }).optional(),
});
export type EbsVolumes = z.infer<typeof ebsVolumes>;

/** One CSI snapshot of the one volume that the database lies on. */
const csiVolumes = z.object({
  kind: z.literal('csi'),
  /** The API server, as the kubeconfig names it; no credential. */
  server: z.string(),
  namespace: z.string(),
  claim: z.string(),
  /** The VolumeSnapshot's name, in the claim's namespace. */
  snapshot: z.string(),
  /**
   * The VolumeSnapshotContent's name: what is left where the namespace is deleted and the policy is Retain.
   */
  content: z.string(),
  /** The storage system's own id of the snapshot. */
  handle: z.string(),
  driver: z.string(),
  deletionPolicy: z.string(),
  /** The smallest volume that it can be restored to, as a Kubernetes quantity: `200Gi`. */
  restoreSize: z.string(),
  /** The time by the storage system's clock. */
  cutAt: z.string(),
});
export type CsiVolumes = z.infer<typeof csiVolumes>;

/** A Velero backup of the one volume that the database lies on. */
const veleroVolumes = z.object({
  kind: z.literal('velero'),
  server: z.string(),
  /** The Backup resource's namespace: where Velero runs. */
  namespace: z.string(),
  backup: z.string(),
  claimNamespace: z.string(),
  claim: z.string(),
  storageLocation: z.string(),
  completedAt: z.string(),
  /** When Velero deletes it. */
  expiresAt: z.string().nullable(),
});
export type VeleroVolumes = z.infer<typeof veleroVolumes>;

/** A moment of a service's own continuous backup; forking the service at it gives the baseline back. */
const timescaleCloudVolumes = z.object({
  kind: z.literal('timescale-cloud'),
  projectId: z.string(),
  serviceId: z.string(),
  region: z.string(),
  /** Inside the pause, by the service's own clock, on a whole second. */
  forkTime: z.iso.datetime(),
  /** The time from which the service no longer holds that moment, as far as its plan is known. */
  forkableUntil: z.iso.datetime(),
});
export type TimescaleCloudVolumes = z.infer<typeof timescaleCloudVolumes>;

/** What a baseline holds outside the vault; each kind is restored by the strategy that took it. */
export const volumesSchema = z.discriminatedUnion('kind', [
  ebsVolumes,
  csiVolumes,
  veleroVolumes,
  timescaleCloudVolumes,
]);
export type Volumes = z.infer<typeof volumesSchema>;

/** For people: what it is, and by what name it is found. */
export function volumesName(volumes: Volumes): string {
  switch (volumes.kind) {
    case 'ebs':
      return `EBS snapshots of ${volumes.instanceId} in ${volumes.region}`;
    case 'csi':
      return `VolumeSnapshot ${volumes.namespace}/${volumes.snapshot}`;
    case 'velero':
      return `Velero backup ${volumes.namespace}/${volumes.backup}`;
    case 'timescale-cloud':
      return `service ${volumes.serviceId} at ${volumes.forkTime}`;
  }
}

/** For people: each thing that is there, by the id that its service knows. */
export function volumesDetail(volumes: Volumes): string {
  if (volumes.kind !== 'ebs') return volumesName(volumes);
  const { region, snapshots, copies } = volumes;
  const own = `the EBS snapshots ${snapshots.map(({ snapshotId }) => snapshotId).join(', ')} in ${region}`;
  return copies === undefined
    ? own
    : `${own} and their copies ${copies.snapshotIds.join(', ')} in ${copies.region}`;
}
