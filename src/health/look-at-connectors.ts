import { type ConnectClient, ConnectError, type KnownConnector } from '../clients/connect.ts';

/** A source connector that fills topics which the sink reads. */
export type SourceConnector = Pick<KnownConnector, 'name' | 'status'>;

/**
 * The sources of these topics, as their configuration's prefix or Connect's own record of their topics tells.
 * @throws ConnectError where no worker answers
 */
export async function sourcesOf(
  connect: ConnectClient,
  topics: readonly string[],
): Promise<SourceConnector[]> {
  const sources = (await connect.connectors()).filter(({ kind }) => kind === 'source');
  const feeding = await Promise.all(
    sources.map(async (source) => {
      const active = await activeTopics(connect, source.name);
      return topics.some((topic) => hasPrefix(source, topic) || active.includes(topic)) ? [source] : [];
    }),
  );
  return feeding.flat();
}

/** Debezium names its topics `<prefix>.<schema>.<table>`; before 2.0 the prefix was the server's name. */
function hasPrefix({ config }: KnownConnector, topic: string): boolean {
  const prefix = config['topic.prefix'] ?? config['database.server.name'];
  return prefix !== undefined && prefix !== '' && topic.startsWith(`${prefix}.`);
}

async function activeTopics(connect: ConnectClient, source: string): Promise<readonly string[]> {
  try {
    return await connect.activeTopics(source);
  } catch (error) {
    // A worker that does not track them (topic.tracking.enable), or one that was asked in a rebalance.
    if (error instanceof ConnectError) return [];
    throw error;
  }
}
