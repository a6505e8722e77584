import type { TimescaleCloudVolumes } from '../../manifest/volumes-schema.ts';
import type { RestoredVolumes, VolumeRestore, VolumesHandler } from '../volumes-handler.ts';
import type { CloudClient } from './cloud-client.ts';
import { examineMoment } from './examine-moment.ts';
import { forkService } from './fork-service.ts';

const FORK_MS = 7_200_000;

/** Looks after moments of a service's own continuous backup. */
export function cloudVolumes(client: CloudClient): VolumesHandler<'timescale-cloud'> {
  return {
    examine: (volumes) => examineMoment(client, volumes),
    restore: (request) => forkAtMoment(client, request),
  };
}

async function forkAtMoment(
  client: CloudClient,
  request: VolumeRestore<TimescaleCloudVolumes>,
): Promise<RestoredVolumes> {
  const { volumes, manifest, name, targetUrl, progress, signal } = request;
  const { cut, database } = manifest;
  const { serviceId, url } = await forkService(client, {
    ...{ cut, volumes, name, environment: 'PROD', targetUrl, database, progress, signal },
    deadlineMs: FORK_MS,
  });
  return {
    made: `the service ${serviceId} (${name}), a fork of ${volumes.serviceId} at ${volumes.forkTime}`,
    server: new URL(url).host,
    next: 'its jobs run already: let the recovery put them to sleep before its retention drops what is to be recovered',
  };
}
