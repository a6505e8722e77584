import { timed } from '../../core/timed.ts';
import type { CsiVolumes } from '../../manifest/volumes-schema.ts';
import type { BackupContext } from '../backup-context.ts';
import { checkpointAtCut } from '../checkpoint.ts';
import type { Baseline, BaselineResult } from '../strategy.ts';
import { awaitSnapshot } from './await-snapshot.ts';
import type { KubeClient } from './kube-client.ts';
import { KubernetesError } from './kube-errors.ts';
import {
  linkTo,
  objectName,
  parseObject,
  SNAPSHOT_CONTENTS,
  snapshotContent,
  VOLUME_SNAPSHOTS,
  type VolumeSnapshot,
  volumeSnapshot,
} from './objects.ts';
import { type CsiOptions, claimOf } from './options.ts';
import { policyRemark, snapshotState } from './snapshot-state.ts';

const HINT =
  'see `kubectl describe volumesnapshot`, and the logs of the snapshot controller and of the CSI driver';

/**
 * A VolumeSnapshot of the database's claim. To create the object is only to ask for a snapshot: a controller
 * makes it later. So the pause lasts until `status.creationTime` says that the storage system has cut it; a
 * snapshot cut after the sink runs again would hold more than the cut says.
 */
export function csiBaseline(
  ctx: BackupContext,
  client: KubeClient,
  options: CsiOptions,
  backupId: string,
): Baseline {
  const { namespace } = options;
  const place = { namespace, name: objectName(backupId) };
  const what = `the VolumeSnapshot ${namespace}/${place.name}`;
  const waitUntil = (until: 'cut' | 'ready', deadlineMs: number, signal: AbortSignal) =>
    awaitSnapshot({
      ...{ what, until, deadlineMs, signal, hint: HINT },
      everyMs: until === 'cut' ? 200 : 2000,
      look: async () => {
        const object = parseObject(volumeSnapshot, await client.read(VOLUME_SNAPSHOTS, place), what);
        return { object, seen: snapshotState(object) };
      },
    });
  let asked = false;
  return {
    atCut: async ({ fence, takenAt, offsets }) => {
      await checkpointAtCut(fence);
      const cut = { takenAt, offsets };
      asked = true;
      await client.create(VOLUME_SNAPSHOTS, namespace, await requestOf(ctx, options, { backupId, cut }));
      await waitUntil('cut', options.cutSeconds * 1000, ctx.signal);
    },
    complete: async ({ signal }) => {
      ctx.progress.note(`${what} is cut; waiting until it is ready to use`);
      const { result, seconds } = await timed(() =>
        waitUntil('ready', options.readyMinutes * 60_000, signal),
      );
      return await describe(client, options, { snapshot: result, seconds });
    },
    abandon: async () => {
      if (asked) await client.delete(VOLUME_SNAPSHOTS, place);
    },
  };
}

async function requestOf(
  ctx: BackupContext,
  options: CsiOptions,
  { backupId, cut }: { readonly backupId: string; readonly cut: object },
): Promise<object> {
  const { snapshotClass: volumeSnapshotClassName } = options;
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: {
      name: objectName(backupId),
      labels: await linkTo(ctx, backupId),
      annotations: { 'msr-recovery/cut': JSON.stringify(cut) },
    },
    spec: {
      source: { persistentVolumeClaimName: claimOf(options) },
      ...(volumeSnapshotClassName === undefined ? {} : { volumeSnapshotClassName }),
    },
  };
}

/** The manifest's entry: everything by which the snapshot is found again, without this namespace, too. */
async function describe(
  client: KubeClient,
  options: CsiOptions,
  { snapshot, seconds }: { readonly snapshot: VolumeSnapshot; readonly seconds: number },
): Promise<BaselineResult> {
  const { name } = snapshot.metadata;
  const { boundVolumeSnapshotContentName: content = '', creationTime = '' } = snapshot.status ?? {};
  const what = `the VolumeSnapshotContent ${content} of ${name}`;
  const { spec, status } = parseObject(
    snapshotContent,
    await client.readCluster(SNAPSHOT_CONTENTS, content),
    what,
  );
  if (status?.snapshotHandle === undefined) {
    throw new KubernetesError(200, `${what} has no snapshotHandle although it is ready to use`, {
      hint: HINT,
    });
  }
  const volumes: CsiVolumes = {
    kind: 'csi',
    server: client.server,
    namespace: options.namespace,
    claim: claimOf(options),
    snapshot: name,
    content,
    handle: status.snapshotHandle,
    driver: spec.driver,
    deletionPolicy: spec.deletionPolicy,
    restoreSize: snapshot.status?.restoreSize ?? '0',
    cutAt: creationTime,
  };
  const remark = policyRemark(spec.deletionPolicy, name);
  const remarks = remark === undefined ? [] : [remark];
  return { artifacts: [], volumes: [volumes], remarks, seconds, verifySeconds: 0 };
}
