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
        /** As the instance knew it: `/dev/sdf`. */
        device: z.string(),
        sizeGiB: z.int().positive(),
        encrypted: z.boolean(),
      }),
    )
    .min(1),
  /** In another region, one for each of the snapshots, in their order. */
  copies: z.object({ region: z.string(), snapshotIds: z.array(z.string()) }).optional(),
});
export type EbsVolumes = z.infer<typeof ebsVolumes>;

/** What a baseline holds outside the vault; each kind is restored by the strategy that took it. */
export const volumesSchema = z.discriminatedUnion('kind', [ebsVolumes]);
export type Volumes = z.infer<typeof volumesSchema>;
