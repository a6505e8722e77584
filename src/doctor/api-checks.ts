import { type MsrApiEndpoint, msrApiClient } from '../clients/msr-api.ts';
import { type DoctorCheck, ok } from './doctor-report.ts';
import { checkOfError, type Look } from './look.ts';

/** What the test after a recovery would meet: an address, an API that is ready, a token that it takes. */
export interface ApiFacts {
  readonly url: string;
}

/** Only reads. @throws MsrApiError */
export async function lookAtApi(endpoint: MsrApiEndpoint): Promise<ApiFacts> {
  const api = msrApiClient(endpoint, AbortSignal.timeout(20_000));
  await api.readiness();
  await api.settings();
  return { url: endpoint.url };
}

const NAME = 'MSR API';

/**
 * Pure. A recovery works without it, and does not end green: a warning.
 * @param found undefined: there is no address
 */
export function apiChecks(found: Look<ApiFacts> | undefined): DoctorCheck[] {
  if (found === undefined) {
    return [
      {
        name: NAME,
        outcome: 'warning',
        fact: 'MSR_API_URL is not set: no recovery ends green, since nobody sees what is served',
        hint: 'set it, and MSR_API_TOKEN, the token of a user of its own: docs/validation.md',
      },
    ];
  }
  if ('error' in found) return [checkOfError(NAME, found.error, 'warning')];
  return [ok(NAME, `${found.seen.url} is ready, and its token may read the settings`)];
}
