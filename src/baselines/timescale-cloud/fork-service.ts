import { OperatorError } from '../../core/operator-error.ts';
import { poll } from '../../core/poll.ts';
import type { Progress } from '../../core/progress.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { TimescaleCloudVolumes } from '../../manifest/volumes-schema.ts';
import type { CloudClient, CloudService } from './cloud-client.ts';
import { refuseUnforkable } from './fork-time.ts';

/** The service made no fork, or none that became ready. */
class ForkError extends OperatorError {
  override readonly name = 'ForkError';
}

export interface ForkServiceRequest {
  readonly cut: Pick<Manifest['cut'], 'takenAt'>;
  readonly volumes: TimescaleCloudVolumes;
  /** The fork's name: a recovery that is run again finds the one that it made. */
  readonly name: string;
  readonly environment: 'DEV' | 'PROD';
  /** A server URL with the administrator's user and the password that the fork is to have; never printed. */
  readonly targetUrl: string;
  /** The live database's name: the fork has it under the same one. */
  readonly database: string;
  /** Milliseconds; by the documentation it takes 20 minutes, or longer with much WAL. */
  readonly deadlineMs: number;
  /** Between two looks, milliseconds. @default 10_000 */
  readonly everyMs?: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** @default now */
  readonly now?: Date;
}

/** What a fork that is ready is reached by. */
export interface ReadyFork {
  readonly serviceId: string;
  /** Holds a password. */
  readonly url: string;
}

/**
 * Brings the cut's moment back as a service of its own; the old one is not touched. The administrator of a
 * fork has another password than that of its source, told once only, so it is set to the target URL's.
 * @throws ForkError, CloudApiError, and OperatorError where the moment cannot be forked any more
 */
export async function forkService(client: CloudClient, request: ForkServiceRequest): Promise<ReadyFork> {
  const { volumes, progress } = request;
  refuseUnforkable(request.cut, volumes, request.now ?? new Date());
  const fork = (await existingFork(client, request)) ?? (await newFork(client, request));
  progress.note(
    `fork ${fork.service_id} of ${volumes.serviceId} at ${volumes.forkTime}: waiting until it is READY`,
  );
  const { host, port } = await untilReady(client, fork.service_id, request);
  await client.setPassword(fork.service_id, decodeURIComponent(new URL(request.targetUrl).password));
  return { serviceId: fork.service_id, url: forkUrl(request.targetUrl, { host, port }, request.database) };
}

async function existingFork(
  client: CloudClient,
  { name, volumes }: ForkServiceRequest,
): Promise<CloudService | undefined> {
  const named = (await client.services()).filter(
    (service) => service.name === name && !GONE.has(service.status ?? ''),
  );
  const [fork] = named;
  if (fork === undefined) return undefined;
  if (named.length === 1 && fork.forked_from?.service_id === volumes.serviceId) return fork;
  const ids = named.map(({ service_id: id }) => id).join(', ');
  throw new ForkError(`other services have the name ${name} already: ${ids}`, {
    hint: 'delete them in the console if they are not needed, and run it again',
  });
}

async function newFork(
  client: CloudClient,
  { name, volumes, environment }: ForkServiceRequest,
): Promise<CloudService> {
  return await client.fork(volumes.serviceId, { name, targetTime: volumes.forkTime, environment });
}

const GONE = new Set(['DELETING', 'DELETED']);
const ENDED = new Set([...GONE, 'UNSTABLE', 'PAUSING', 'PAUSED']);

async function untilReady(
  client: CloudClient,
  serviceId: string,
  { deadlineMs, everyMs = 10_000, signal }: ForkServiceRequest,
): Promise<{ readonly host: string; readonly port: number }> {
  let status = 'unknown';
  const look = async () => {
    const service = await client.service(serviceId);
    status = service.status ?? 'unknown';
    if (ENDED.has(status)) {
      throw new ForkError(`the fork ${serviceId} is ${status}`, {
        hint: 'see the fork in the console; delete it, since it is paid for, and run it again',
      });
    }
    const { host, port } = service.endpoint ?? {};
    if (status !== 'READY' || host === undefined || port === undefined) return undefined;
    return { host, port };
  };
  const found = await poll(look, { deadlineMs, intervalMs: everyMs, signal });
  if (found !== undefined) return found;
  throw new ForkError(`the fork ${serviceId} is ${status} after ${Math.round(deadlineMs / 60_000)} min`, {
    hint: 'run it again: it goes on with this fork',
  });
}

/** The target's user and password at the fork's address; TLS as the target's URL says. */
export function forkUrl(
  targetUrl: string,
  { host, port }: { readonly host: string; readonly port: number },
  database: string,
): string {
  const url = new URL(targetUrl);
  url.hostname = host;
  url.port = String(port);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}
