import { withSession } from '../../clients/postgres.ts';
import { describeError, OperatorError } from '../../core/operator-error.ts';
import { poll } from '../../core/poll.ts';
import type { RestoredVolumes, VolumeRestore } from '../strategy.ts';
import type { KubeClient } from './kube-client.ts';
import { claimOf, type KubernetesOptions } from './options.ts';
import { restoreClaim } from './restore-claim.ts';
import { restoreVelero } from './restore-velero.ts';

const NEXT =
  'start PostgreSQL on it with timescaledb.max_background_workers=0, or its retention drops what is to be recovered';

/** How long the server on the restored volume may take to come up: crash recovery, and a pod that is scheduled. */
const SERVER_MS = 1_800_000;

/**
 * Makes the claim; where the options name the service of a server that is started on it, waits until that answers.
 * Such a server (a StatefulSet that waits for the claim) is the cluster's own: msr may start no pods there.
 * @throws VolumeSnapshotError, KubernetesError, OperatorError
 */
export async function restoreVolumes(
  client: KubeClient,
  options: KubernetesOptions,
  request: VolumeRestore,
): Promise<RestoredVolumes | undefined> {
  const made = await makeClaim(client, options, request);
  if (made === undefined) return undefined;
  const { recoveryService } = options;
  if (recoveryService === undefined) return { made, next: NEXT };
  request.progress.note(`${made}; waiting for a server on it at ${recoveryService}`);
  await waitForServer(recoveryService, request);
  return { made, server: recoveryService, next: 'see that its background workers are off' };
}

async function makeClaim(
  client: KubeClient,
  options: KubernetesOptions,
  { volumes, name, signal }: VolumeRestore,
): Promise<string | undefined> {
  if (volumes.kind === 'csi' && options.mode === 'csi') {
    await restoreClaim(client, { volumes, name, storageClass: options.restoreStorageClass });
    return `the claim ${volumes.namespace}/${name}`;
  }
  if (volumes.kind !== 'velero' || options.mode !== 'velero') return undefined;
  const { restoreNamespace: namespace, readyMinutes } = options;
  await restoreVelero(client, { volumes, name, namespace, deadlineMs: readyMinutes * 60_000, signal });
  return `the claim ${namespace}/${claimOf(options)}`;
}

/** @throws OperatorError with the last refusal */
async function waitForServer(
  service: string,
  { targetUrl, manifest, signal }: VolumeRestore,
  deadlineMs = SERVER_MS,
): Promise<void> {
  const url = new URL(targetUrl);
  url.host = service;
  url.pathname = `/${encodeURIComponent(manifest.database)}`;
  let refusal = '';
  const look = async () => {
    try {
      return await withSession(url.href, { purpose: 'restored volume' }, async () => true);
    } catch (error) {
      refusal = describeError(error);
      return undefined;
    }
  };
  if ((await poll(look, { deadlineMs, intervalMs: 2000, signal })) !== undefined) return;
  throw new OperatorError(`no server with the restored volume answers at ${service}: ${refusal}`, {
    hint: 'see the pod that uses the claim; run it again: it goes on from here',
  });
}
