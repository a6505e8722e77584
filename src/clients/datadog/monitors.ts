import { MonitorsApi } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/apis/MonitorsApi.js';
import type { Monitor } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/Monitor.js';
import { ObjectSerializer } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js';
import { configure, type DatadogAccess, datadogError } from './access.ts';

export interface KeptMonitor {
  readonly id: number;
  readonly name: string;
}

/** The monitors of an account. Every call throws DatadogError. */
export interface DatadogMonitorsClient {
  /** Those that bear all of these tags. */
  list(tags: readonly string[]): Promise<readonly KeptMonitor[]>;
  /** @param monitor as the API documents it */
  create(monitor: object): Promise<void>;
  /** Replaces what it says; who muted it keeps it muted. */
  update(id: number, monitor: object): Promise<void>;
}

export function datadogMonitorsClient(access: DatadogAccess, signal: AbortSignal): DatadogMonitorsClient {
  const api = (once: boolean) => new MonitorsApi(configure(access, { signal, once }));
  const told = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw datadogError(error, access.url, 'MSR_DATADOG_API_KEY with MSR_DATADOG_APP_KEY');
    }
  };
  return {
    list: async (tags) => {
      const found = await told(api(false).listMonitors({ monitorTags: tags.join(',') }));
      return found.flatMap(({ id, name }) => (id === undefined || name === undefined ? [] : [{ id, name }]));
    },
    create: async (monitor) => void (await told(api(true).createMonitor({ body: read(monitor) }))),
    update: async (monitorId, monitor) =>
      void (await told(api(false).updateMonitor({ monitorId, body: read(monitor) }))),
  };
}

/** The client's own form of what the API documents. */
function read(monitor: object): Monitor {
  return ObjectSerializer.deserialize(monitor, 'Monitor', '') as Monitor;
}
