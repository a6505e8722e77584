/** The sink's state as seen from outside, from this moment on. */
export interface StateChange {
  readonly at: Date;
  /**
   * RUNNING only if the connector and every task are; otherwise the connector's or a task's own word.
   */
  readonly state: string;
}

/** From a STOP until the sink ran again. */
export interface Pause {
  readonly from: Date;
  /** undefined: it has not run again. */
  readonly to: Date | undefined;
}

export interface SinkMonitor {
  readonly changes: readonly StateChange[];
  stop(): Promise<void>;
}

const POLL_MS = 25;

/**
 * Watches the connector through Kafka Connect's own interface, so that the pauses in the drill's report
 * are not the product's own claim. Its resolution is the polling interval.
 */
export function startSinkMonitor(connectUrl: string, connector: string): SinkMonitor {
  const changes: StateChange[] = [];
  let stopping = false;
  const loop = (async () => {
    while (!stopping) {
      const state = await sinkState(connectUrl, connector);
      if (changes.at(-1)?.state !== state) changes.push({ at: new Date(), state });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  })();
  return {
    changes,
    stop: async () => {
      stopping = true;
      await loop;
    },
  };
}

async function sinkState(connectUrl: string, connector: string): Promise<string> {
  try {
    const response = await fetch(`${connectUrl}/connectors/${encodeURIComponent(connector)}/status`);
    if (!response.ok) return `HTTP ${response.status}`;
    const status = (await response.json()) as {
      connector: { state: string };
      tasks: Array<{ state: string }>;
    };
    if (status.connector.state !== 'RUNNING') return status.connector.state;
    if (status.tasks.length === 0) return 'NO TASKS';
    return status.tasks.find(({ state }) => state !== 'RUNNING')?.state ?? 'RUNNING';
  } catch {
    return 'NO ANSWER';
  }
}

/** Whether a pause has begun and not ended; a sink that failed without a STOP is in none. */
export function standsStill(changes: readonly StateChange[]): boolean {
  const lastRun = changes.findLastIndex(({ state }) => state === 'RUNNING');
  return changes.slice(lastRun + 1).some(({ state }) => state === 'STOPPED');
}

/** The pauses that began in [from, to]: each from a change to STOPPED until the next to RUNNING. */
export function pausesOf(changes: readonly StateChange[], from: Date, to: Date): Pause[] {
  return changes.flatMap(({ at, state }, index) => {
    if (state !== 'STOPPED' || at < from || at > to) return [];
    return [{ from: at, to: changes.slice(index).find((later) => later.state === 'RUNNING')?.at }];
  });
}

/**
 * The longest of the pauses in seconds; one that has not ended counts up to `now`. 0 where there was
 * none.
 */
export function longestPause(pauses: readonly Pause[], now: Date): number {
  return Math.max(0, ...pauses.map(({ from, to }) => ((to ?? now).getTime() - from.getTime()) / 1000));
}
