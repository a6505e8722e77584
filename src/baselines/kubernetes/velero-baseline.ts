import { timed } from '../../core/timed.ts';
import type { VeleroVolumes } from '../../manifest/volumes-schema.ts';
import type { BackupContext } from '../backup-context.ts';
import { checkpointAtCut } from '../checkpoint.ts';
import type { Baseline, BaselineResult } from '../strategy.ts';
import { awaitSnapshot } from './await-snapshot.ts';
import type { KubeClient } from './kube-client.ts';
import {
  linkTo,
  objectName,
  parseObject,
  VELERO_BACKUPS,
  VELERO_DELETIONS,
  type VeleroBackup,
  veleroBackup,
} from './objects.ts';
import { claimOf, type VeleroOptions } from './options.ts';
import { veleroState } from './snapshot-state.ts';

const HINT = 'see `velero backup describe --details` and `velero backup logs`';

/**
 * A Velero backup of the claim alone, by snapshots: Velero's copy of the files (kopia) reads them one after
 * another while PostgreSQL writes, and nothing starts from that. The pause lasts until the phase is past
 * InProgress, within which Velero makes the snapshots; uploads come after it.
 */
export function veleroBaseline(
  ctx: BackupContext,
  client: KubeClient,
  options: VeleroOptions,
  backupId: string,
): Baseline {
  const place = { namespace: options.veleroNamespace, name: objectName(backupId) };
  const what = `the Velero backup ${place.namespace}/${place.name}`;
  const waitUntil = (until: 'cut' | 'ready', deadlineMs: number, signal: AbortSignal) =>
    awaitSnapshot({
      ...{ what, until, deadlineMs, signal, hint: HINT },
      everyMs: until === 'cut' ? 200 : 2000,
      look: async () => {
        const object = parseObject(veleroBackup, await client.read(VELERO_BACKUPS, place), what);
        return { object, seen: veleroState(object) };
      },
    });
  let asked = false;
  return {
    atCut: async ({ fence }) => {
      await checkpointAtCut(fence);
      asked = true;
      await client.create(VELERO_BACKUPS, place.namespace, await requestOf(ctx, options, backupId));
      await waitUntil('cut', options.cutSeconds * 1000, ctx.signal);
    },
    complete: async ({ signal }) => {
      ctx.progress.note(`${what} has its snapshots; waiting until it is complete`);
      const { result, seconds } = await timed(() =>
        waitUntil('ready', options.readyMinutes * 60_000, signal),
      );
      return describe(client, options, { backup: result, seconds });
    },
    abandon: async () => {
      if (asked) await deleteVeleroBackup(client, place);
    },
  };
}

/**
 * Velero would bring a Backup back from its storage that was deleted as an object: it is asked to delete it.
 */
export async function deleteVeleroBackup(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<void> {
  if ((await client.read(VELERO_BACKUPS, { namespace, name })) === undefined) return;
  await client.create(VELERO_DELETIONS, namespace, {
    apiVersion: 'velero.io/v1',
    kind: 'DeleteBackupRequest',
    metadata: { generateName: `${name}-` },
    spec: { backupName: name },
  });
}

async function requestOf(ctx: BackupContext, options: VeleroOptions, backupId: string): Promise<object> {
  const { storageLocation } = options;
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: objectName(backupId), labels: await linkTo(ctx, backupId) },
    spec: {
      includedNamespaces: [options.namespace],
      includedResources: ['persistentvolumeclaims', 'persistentvolumes'],
      labelSelector: { matchLabels: options.claimLabels },
      snapshotVolumes: true,
      snapshotMoveData: options.moveData,
      defaultVolumesToFsBackup: false,
      ttl: `${options.keepHours}h0m0s`,
      ...(storageLocation === undefined ? {} : { storageLocation }),
    },
  };
}

function describe(
  client: KubeClient,
  options: VeleroOptions,
  { backup, seconds }: { readonly backup: VeleroBackup; readonly seconds: number },
): BaselineResult {
  const expiresAt = backup.status?.expiration ?? null;
  const volumes: VeleroVolumes = {
    kind: 'velero',
    server: client.server,
    namespace: options.veleroNamespace,
    backup: backup.metadata.name,
    claimNamespace: options.namespace,
    claim: claimOf(options),
    storageLocation: backup.spec.storageLocation ?? 'default',
    completedAt: backup.status?.completionTimestamp ?? '',
    expiresAt,
  };
  const remarks = expiresAt === null ? [] : [`Velero deletes its backup ${volumes.backup} at ${expiresAt}`];
  return { artifacts: [], volumes: [volumes], remarks, seconds, verifySeconds: 0 };
}
