import type { ConnectClient } from '../clients/connect.ts';
import { redirectSink, sinkServerOf } from '../clients/jdbc-url.ts';
import { retryRebalance } from './sink-control.ts';

/**
 * Lets a STOPPED sink write to another server; it stays STOPPED. Harmless when repeated.
 * @param server `host:port/database`; undefined: it stays as it is configured
 * @throws OperatorError where its URL is none of PostgreSQL's; ConnectError where the worker refuses
 */
export async function pointSinkAt(
  connect: ConnectClient,
  connector: string,
  server: string | undefined,
): Promise<void> {
  if (server === undefined) return;
  const config = await retryRebalance(() => connect.config(connector));
  if (sinkServerOf(config) === server) return;
  await retryRebalance(() => connect.putConfig(connector, redirectSink(config, server)));
}
