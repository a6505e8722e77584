import { OperatorError } from '../../core/operator-error.ts';
import type { CloudService } from './cloud-client.ts';
import type { CloudOptions } from './options.ts';

/**
 * Refuses a service that cannot give the database back: another one than the database
 * URL's, or one that is not well.
 * @throws OperatorError
 */
export function checkService(service: CloudService, options: CloudOptions, databaseUrl: string): void {
  const { service_id: id, status = 'unknown' } = service;
  // Between UPGRADING and OPTIMIZING the service answers, and its WAL may be interrupted.
  if (status !== 'READY') {
    throw new OperatorError(`the service ${id} is ${status}, not READY`, {
      hint: "wait until the service's operation has ended, or see its status in the console; nothing was stopped",
    });
  }
  const { hostname } = new URL(databaseUrl);
  const known = [service.endpoint?.host, service.connection_pooler?.endpoint?.host, options.databaseHost];
  if (known.includes(hostname)) return;
  throw new OperatorError(
    `the database is at ${hostname}, and the service ${id} at ${service.endpoint?.host ?? 'no endpoint'}`,
    {
      hint: 'correct serviceId; where the service is reached by another name (VPC peering), give that as databaseHost',
    },
  );
}
