import type { TimescaleCloudVolumes } from '../../manifest/volumes-schema.ts';
import type { VolumeFinding } from '../volumes-handler.ts';
import { CloudApiError, type CloudClient } from './cloud-client.ts';

/**
 * Whether the service is there, and should still hold the moment; the API does not tell whether it does.
 * @param now @default now
 * @throws CloudApiError where that cannot be told
 */
export async function examineMoment(
  client: CloudClient,
  volumes: TimescaleCloudVolumes,
  now = new Date(),
): Promise<VolumeFinding> {
  const { serviceId, forkableUntil } = volumes;
  if (now >= new Date(forkableUntil)) {
    return { outcome: 'expired', fact: `the service held this moment until ${forkableUntil}` };
  }
  try {
    const { status = 'unknown' } = await client.service(serviceId);
    const promise = `by its plan it holds the moment until ${forkableUntil}; only a fork proves it`;
    return { outcome: 'intact', fact: `the service is ${status}; ${promise}` };
  } catch (error) {
    if (!(error instanceof CloudApiError) || error.status !== 404) throw error;
    return { outcome: 'damaged', fact: 'the service is gone, and its backups with it' };
  }
}
