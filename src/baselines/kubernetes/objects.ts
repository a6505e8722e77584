import { createHash } from 'node:crypto';
import { z } from 'zod';
import { vaultIdentity } from '../../vault/vault-identity.ts';
import type { BackupContext } from '../backup-context.ts';
import { KubernetesError } from './kube-errors.ts';

/** https://github.com/kubernetes-csi/external-snapshotter: client/apis/volumesnapshot/v1/types.go */
const SNAPSHOT_GROUP = { group: 'snapshot.storage.k8s.io', version: 'v1' } as const;
export const VOLUME_SNAPSHOTS = { ...SNAPSHOT_GROUP, plural: 'volumesnapshots' } as const;
export const SNAPSHOT_CONTENTS = { ...SNAPSHOT_GROUP, plural: 'volumesnapshotcontents' } as const;
export const SNAPSHOT_CLASSES = { ...SNAPSHOT_GROUP, plural: 'volumesnapshotclasses' } as const;

/** https://velero.io/docs/main/api-types/ */
const VELERO_GROUP = { group: 'velero.io', version: 'v1' } as const;
export const VELERO_BACKUPS = { ...VELERO_GROUP, plural: 'backups' } as const;
export const VELERO_RESTORES = { ...VELERO_GROUP, plural: 'restores' } as const;
export const VELERO_DELETIONS = { ...VELERO_GROUP, plural: 'deletebackuprequests' } as const;

const labels = z.record(z.string(), z.string()).optional();
const metadata = z.object({ name: z.string(), labels });

export const volumeSnapshot = z.object({
  metadata,
  status: z
    .object({
      boundVolumeSnapshotContentName: z.string().optional(),
      /** When the storage system cut it; absent until then. */
      creationTime: z.string().optional(),
      readyToUse: z.boolean().optional(),
      restoreSize: z.string().optional(),
      error: z.object({ message: z.string().optional() }).optional(),
    })
    .optional(),
});
export type VolumeSnapshot = z.infer<typeof volumeSnapshot>;

export const snapshotContent = z.object({
  spec: z.object({ driver: z.string(), deletionPolicy: z.string() }),
  status: z.object({ snapshotHandle: z.string().optional() }).optional(),
});

export const veleroBackup = z.object({
  metadata,
  spec: z.object({ storageLocation: z.string().optional() }).default({}),
  status: z
    .object({
      phase: z.string().optional(),
      startTimestamp: z.string().optional(),
      completionTimestamp: z.string().optional(),
      expiration: z.string().optional(),
      failureReason: z.string().optional(),
      validationErrors: z.array(z.string()).optional(),
      errors: z.number().optional(),
    })
    .optional(),
});
export type VeleroBackup = z.infer<typeof veleroBackup>;

export const listed = z.object({ items: z.array(z.object({ metadata })) });

/** @throws KubernetesError where the cluster answers something else */
export function parseObject<T extends z.ZodType>(schema: T, value: unknown, what: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new KubernetesError(200, `${what} is not as expected: ${z.prettifyError(parsed.error)}`, {
    hint: 'the versions of the snapshot CRDs or of Velero may be unknown to this msr: v1 of both is needed',
    cause: parsed.error,
  });
}

export const BACKUP_LABEL = 'msr-recovery/backup';
const INSTANCE_LABEL = 'msr-recovery/instance';

type Owner = Pick<BackupContext, 'settings' | 'vault'>;

/** Two MSRs may keep their databases in one namespace: each removes its own leftovers alone. */
async function instanceOf({ settings, vault }: Owner): Promise<string> {
  const identity = `${await vaultIdentity(vault)}\n${settings.sinkConnector}`;
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}

/** Links an object to the backup that it belongs to. */
export async function linkTo(ctx: Owner, backupId: string): Promise<Record<string, string>> {
  return {
    'app.kubernetes.io/managed-by': 'msr-recovery',
    [INSTANCE_LABEL]: await instanceOf(ctx),
    [BACKUP_LABEL]: backupId,
  };
}

/** All objects of this MSR. */
export async function ownSelector(ctx: Owner): Promise<string> {
  return `${INSTANCE_LABEL}=${await instanceOf(ctx)}`;
}

/** A backup's id as a Kubernetes name. */
export function objectName(backupId: string): string {
  return `msr-${backupId.toLowerCase()}`;
}
