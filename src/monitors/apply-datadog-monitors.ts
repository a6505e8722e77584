import type { DatadogMonitorsClient, KeptMonitor } from '../clients/datadog/monitors.ts';
import { type DatadogMonitorsOf, datadogMonitors, ownTags } from './datadog-monitors.ts';

/** What was done, by the names of monitors. */
export interface AppliedMonitors {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  /**
   * They bear the instance's tags, and the table knows them no longer, or a second time. They were left.
   */
  readonly left: readonly string[];
}

/**
 * Makes the monitors of an instance, or brings those that are there up to date: made a second time, they
 * would tell everything twice. They are known by their names among those that bear the instance's tags.
 * @throws DatadogError; a repetition goes on where it stopped
 */
export async function applyDatadogMonitors(
  client: DatadogMonitorsClient,
  of: DatadogMonitorsOf,
): Promise<AppliedMonitors> {
  const kept = await client.list(ownTags(of.instance));
  const { created, updated, left } = decide(datadogMonitors(of), kept);
  for (const monitor of created) await client.create(monitor);
  for (const { id, monitor } of updated) await client.update(id, monitor);
  return {
    created: created.map(({ name }) => name),
    updated: updated.map(({ monitor }) => monitor.name),
    left: left.map(({ id, name }) => `${name} (${id})`),
  };
}

type Monitors = ReturnType<typeof datadogMonitors>;

interface Decision {
  readonly created: Monitors;
  readonly updated: ReadonlyArray<{ readonly id: number; readonly monitor: Monitors[number] }>;
  readonly left: readonly KeptMonitor[];
}

function decide(wanted: Monitors, kept: readonly KeptMonitor[]): Decision {
  const oldestFirst = kept.toSorted((a, b) => a.id - b.id);
  const ids = new Map(oldestFirst.toReversed().map(({ id, name }) => [name, id]));
  const updated = wanted.flatMap((monitor) => {
    const id = ids.get(monitor.name);
    return id === undefined ? [] : [{ id, monitor }];
  });
  const known = new Set(updated.map(({ id }) => id));
  return {
    created: wanted.filter(({ name }) => !ids.has(name)),
    updated,
    left: oldestFirst.filter(({ id }) => !known.has(id)),
  };
}
