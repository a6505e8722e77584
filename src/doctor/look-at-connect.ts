import type { ConnectClient, ConnectorStatus, ConnectPlugin, ConnectWorker } from '../clients/connect.ts';
import { sinkServerOf } from '../clients/jdbc-url.ts';
import type { Offsets } from '../core/offsets.ts';
import type { Settings } from '../settings/settings.ts';
import { requireFreezable } from '../sink/freezable.ts';
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
  /** Whether it could be brought back, once it was stopped. */
  readonly freezable: Look<void>;
  readonly offsets: Look<Offsets>;
}

/** @throws ConnectError where no worker answers */
export async function lookAtConnect(
  settings: Pick<Settings, 'connect' | 'sinkConnector' | 'connectorSecrets'>,
  connect: ConnectClient,
): Promise<ConnectFacts> {
  const { connect: endpoint, sinkConnector: connector } = settings;
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
    freezable: await lookFurther(config, () => requireFreezable(connect, settings, connector)),
    offsets: await lookFurther(config, () => connect.offsets(connector)),
  };
}
