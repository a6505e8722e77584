/** A stretch in which the sink was not RUNNING, as seen from outside. */
export interface Standstill {
  readonly from: Date;
  /** undefined: it has not run again. */
  readonly to: Date | undefined;
  /** The first state that was seen instead. */
  readonly state: string;
}

export interface SinkMonitor {
  readonly standstills: readonly Standstill[];
  stop(): Promise<void>;
}

const POLL_MS = 25;

/**
 * Watches the connector through Kafka Connect's own interface, so that the pauses in the drill's report are not the
 * product's own claim. Its resolution is the polling interval.
 */
export function startSinkMonitor(connectUrl: string, connector: string): SinkMonitor {
  const standstills: Array<{ from: Date; to: Date | undefined; state: string }> = [];
  let stopping = false;
  const loop = (async () => {
    while (!stopping) {
      const state = await connectorState(connectUrl, connector);
      const open = standstills.at(-1);
      if (state === 'RUNNING') {
        if (open !== undefined && open.to === undefined) open.to = new Date();
      } else if (open === undefined || open.to !== undefined) {
        standstills.push({ from: new Date(), to: undefined, state });
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  })();
  return {
    standstills,
    stop: async () => {
      stopping = true;
      await loop;
    },
  };
}

/** RUNNING only if the connector and every task are; a worker that does not answer is not RUNNING. */
async function connectorState(connectUrl: string, connector: string): Promise<string> {
  try {
    const response = await fetch(`${connectUrl}/connectors/${encodeURIComponent(connector)}/status`);
    if (!response.ok) return `HTTP ${response.status}`;
    const status = (await response.json()) as {
      connector: { state: string };
      tasks: Array<{ state: string }>;
    };
    const states = [status.connector.state, ...status.tasks.map(({ state }) => state)];
    return states.length === 1 ? 'NO TASKS' : (states.find((state) => state !== 'RUNNING') ?? 'RUNNING');
  } catch {
    return 'NO ANSWER';
  }
}

/** The longest standstill that began in [from, to], in seconds; 0 where there was none. */
export function longestStandstill(standstills: readonly Standstill[], from: Date, to: Date): number {
  const seconds = standstills
    .filter((standstill) => standstill.from >= from && standstill.from <= to)
    .map((standstill) => ((standstill.to ?? to).getTime() - standstill.from.getTime()) / 1000);
  return Math.max(0, ...seconds);
}
