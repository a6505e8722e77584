import { withSession } from '../../clients/postgres.ts';
import { describeError, OperatorError } from '../../core/operator-error.ts';
import { poll } from '../../core/poll.ts';
import type { RestoredVolumes, VolumeRestore } from '../volumes-handler.ts';

const NEXT =
  'start PostgreSQL on it with timescaledb.max_background_workers=0, or its retention drops what is to be recovered';

/**
 * How long the server on the restored volume may take to come up: crash recovery,
 * and a pod that is scheduled.
 */
const SERVER_MS = 1_800_000;

/**
 * What a restored claim is good for: where the options name the service of a server that is started on it,
 * waits until that answers. Such a server (a StatefulSet that waits for the claim) is the cluster's own:
 * msr may start no pods there.
 * @param made names the claim
 * @param service `host:port`
 * @throws OperatorError where nothing answers there
 */
export async function onRestoredClaim(
  made: string,
  service: string | undefined,
  request: Omit<VolumeRestore, 'volumes'>,
): Promise<RestoredVolumes> {
  if (service === undefined) return { made, next: NEXT };
  request.progress.note(`${made}; waiting for a server on it at ${service}`);
  await waitForServer(service, request);
  return { made, server: service, next: 'see that its background workers are off' };
}

/** @throws OperatorError with the last refusal */
async function waitForServer(
  service: string,
  { targetUrl, manifest, signal }: Omit<VolumeRestore, 'volumes'>,
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
