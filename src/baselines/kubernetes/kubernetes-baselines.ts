import type { BackupContext } from '../backup-context.ts';
import { prepareCheckpoint } from '../checkpoint.ts';
import type { Baseline, BaselineSource } from '../strategy.ts';
import { checkCluster } from './check-cluster.ts';
import { csiBaseline } from './csi-baseline.ts';
import { csiVolumes } from './csi-volumes.ts';
import { type KubeClient, openKubeClient } from './kube-client.ts';
import {
  BACKUP_LABEL,
  listed,
  ownSelector,
  parseObject,
  VELERO_BACKUPS,
  VOLUME_SNAPSHOTS,
} from './objects.ts';
import type { KubernetesOptions } from './options.ts';
import { deleteVeleroBackup, veleroBaseline } from './velero-baseline.ts';
import { veleroVolumes } from './velero-volumes.ts';

/**
 * A snapshot of the database's volume, made by the cluster that it runs in.
 * @throws OperatorError where the kubeconfig cannot be used
 */
export async function kubernetesBaselines(options: KubernetesOptions): Promise<BaselineSource> {
  const client = await openKubeClient(options);
  return {
    check: async (ctx, session) => {
      // Also makes the vault's identity, where it has none yet: not in the pause.
      await checkCluster(client, options, await ownSelector(ctx));
      await prepareCheckpoint(session);
    },
    begin: (ctx, backupId): Baseline =>
      options.mode === 'csi'
        ? csiBaseline(ctx, client, options, backupId)
        : veleroBaseline(ctx, client, options, backupId),
    removeOrphans: (ctx, existing) => removeOrphans(ctx, { client, options, existing }),
    // Whether a snapshot is there, the cluster tells in either mode.
    handlers: { csi: csiVolumes(client, options), velero: veleroVolumes(client, options) },
  };
}

/** The label says whose they are; those of a backup without a manifest belong to nobody. */
async function removeOrphans(
  ctx: BackupContext,
  request: {
    readonly client: KubeClient;
    readonly options: KubernetesOptions;
    readonly existing: ReadonlySet<string>;
  },
): Promise<void> {
  const { client, options, existing } = request;
  const csi = options.mode === 'csi';
  const resource = csi ? VOLUME_SNAPSHOTS : VELERO_BACKUPS;
  const namespace = csi ? options.namespace : options.veleroNamespace;
  const answer = await client.list(resource, namespace, await ownSelector(ctx));
  for (const { metadata } of parseObject(listed, answer, `the list of ${resource.plural}`).items) {
    const { name, labels = {} } = metadata;
    if (existing.has(labels[BACKUP_LABEL] ?? '')) continue;
    ctx.progress.note(`removing ${resource.plural} ${namespace}/${name}, which no backup has`);
    if (csi) await client.delete(resource, { namespace, name });
    else await deleteVeleroBackup(client, { namespace, name });
  }
}
