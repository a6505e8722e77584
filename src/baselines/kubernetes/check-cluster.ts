import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { OperatorError } from '../../core/operator-error.ts';
import type { KubeClient } from './kube-client.ts';
import { SNAPSHOT_CLASSES, VELERO_BACKUPS, VOLUME_SNAPSHOTS } from './objects.ts';
import { type CsiOptions, claimOf, type KubernetesOptions, type VeleroOptions } from './options.ts';

/**
 * Refuses what would fail in the pause, while nothing is stopped.
 * @param selector of this MSR's own objects, which it must be allowed to list
 * @throws OperatorError
 */
export async function checkCluster(
  client: KubeClient,
  options: KubernetesOptions,
  selector: string,
): Promise<void> {
  const { namespace } = options;
  const claim = claimOf(options);
  refuseUnbound(await client.readClaim({ namespace, name: claim }), `${namespace}/${claim}`);
  if (options.mode === 'csi') await checkCsi(client, options, selector);
  else await checkVelero(client, options, selector);
}

function refuseUnbound(claim: V1PersistentVolumeClaim | undefined, name: string): void {
  if (claim?.status?.phase === 'Bound') return;
  const state = claim === undefined ? 'does not exist' : `is ${claim.status?.phase ?? 'Pending'}, not Bound`;
  throw new OperatorError(`the claim ${name} ${state}`, {
    hint: 'name the claim of the database in the options: `kubectl get persistentvolumeclaims`; nothing was stopped',
  });
}

async function checkCsi(client: KubeClient, options: CsiOptions, selector: string): Promise<void> {
  await client.list(VOLUME_SNAPSHOTS, options.namespace, selector);
  const { snapshotClass } = options;
  if (snapshotClass === undefined) return;
  if ((await client.readCluster(SNAPSHOT_CLASSES, snapshotClass)) !== undefined) return;
  throw new OperatorError(`the VolumeSnapshotClass ${snapshotClass} does not exist`, {
    hint: 'choose one of `kubectl get volumesnapshotclasses`; nothing was stopped',
  });
}

/** Velero chooses by labels, and would back up every claim that has them. */
async function checkVelero(client: KubeClient, options: VeleroOptions, selector: string): Promise<void> {
  await client.list(VELERO_BACKUPS, options.veleroNamespace, selector);
  const labels = Object.entries(options.claimLabels).map(([key, value]) => `${key}=${value}`);
  const found = await client.listClaims(options.namespace, labels.join(','));
  const names = found.map(({ metadata }) => metadata?.name ?? '');
  const claim = claimOf(options);
  if (names.length === 1 && names[0] === claim) return;
  throw new OperatorError(
    `the labels ${labels.join(',')} choose ${names.length === 0 ? 'no claim' : names.join(', ')}, not ${claim} alone`,
    { hint: 'give claimLabels that the claim alone has: `kubectl get persistentvolumeclaims --show-labels`' },
  );
}
