import type { ConnectClient } from '../clients/connect.ts';
import { freezeMeans } from '../clients/connect-version.ts';
import type { Settings } from '../settings/settings.ts';
import { requireKeepable } from './kept-sink.ts';

/**
 * To be asked before anything is stopped: whether a sink that is stopped can be brought back as it was.
 * @throws OperatorError where its worker can stop it by deleting it alone, and its secrets are not given
 */
export async function requireFreezable(
  connect: Pick<ConnectClient, 'worker' | 'config'>,
  { connectorSecrets }: Pick<Settings, 'connectorSecrets'>,
  connector: string,
): Promise<void> {
  if (freezeMeans(await connect.worker()) !== 'deletion') return;
  requireKeepable(connector, await connect.config(connector), connectorSecrets);
}

/**
 * Lets a sink stand still that nobody is to resume soon.
 * @returns how: a worker that knows no STOP keeps a connector that is PAUSED, and would keep none that
 *   is not
 */
export async function standStill(
  connect: Pick<ConnectClient, 'worker' | 'stop' | 'pause'>,
  connector: string,
): Promise<'STOPPED' | 'PAUSED'> {
  if (freezeMeans(await connect.worker()) === 'deletion') {
    await connect.pause(connector);
    return 'PAUSED';
  }
  await connect.stop(connector);
  return 'STOPPED';
}
