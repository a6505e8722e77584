import {
  type ConnectorStatus,
  type ConnectPlugin,
  type ConnectWorker,
  connectClient,
} from '../clients/connect.ts';
import { sinkServerOf } from '../clients/jdbc-url.ts';
import type { Offsets } from '../core/offsets.ts';
import type { Settings } from '../settings/settings.ts';
import { parseSinkConfig, type SinkConfig } from '../sink/sink-config.ts';
import { type Look, look, lookFurther } from './look.ts';

/** What Kafka Connect says of itself and of the sink. */
export interface ConnectFacts {
  readonly url: string;
  readonly connector: string;
  readonly worker: ConnectWorker;
  /** As Connect has it, secrets and all. */
  readonly config: Look<Readonly<Record<string, string>>>;
  readonly class: Look<string>;
  readonly plugin: Look<ConnectPlugin | undefined>;
  /** `host:port/database`; undefined where its URL is none of PostgreSQL's. */
  readonly writesTo: Look<string | undefined>;
  readonly status: Look<ConnectorStatus>;
  readonly sink: Look<SinkConfig>;
  /** KIP-875's question: older workers do not know it. */
  readonly offsets: Look<Offsets>;
}

/** @throws ConnectError where no worker answers */
export async function lookAtConnect({
  connect: endpoint,
  sinkConnector: connector,
}: Pick<Settings, 'connect' | 'sinkConnector'>): Promise<ConnectFacts> {
  const connect = connectClient(endpoint);
  const worker = await connect.worker();
  const config = await look(() => connect.config(connector));
  return {
    url: endpoint.url,
    connector,
    ...{ worker, config },
    class: await lookFurther(config, async (seen) => seen['connector.class'] ?? 'no class'),
    plugin: await lookFurther(config, async (seen) => {
      const plugins = await connect.plugins();
      return plugins.find((plugin) => plugin.class === seen['connector.class']);
    }),
    writesTo: await lookFurther(config, async (seen) => sinkServerOf(seen)),
    status: await lookFurther(config, () => connect.status(connector)),
    sink: await lookFurther(config, async (seen) => parseSinkConfig(connector, seen)),
    offsets: await lookFurther(config, () => connect.offsets(connector)),
  };
}
