import type { VolumeDiscard } from '../../baselines/volumes-handler.ts';
import type { ConnectClient } from '../../clients/connect.ts';
import { jdbcHosts, sinkServerOf } from '../../clients/jdbc-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type FreezeRecord, readFreeze } from '../../freeze/freeze-record.ts';
import type { Vault } from '../../vault/vault.ts';
import { requireNotLive, volumeRecoveries } from './live-copies.ts';

export interface DiscardGuards {
  readonly vault: Vault;
  readonly connect: Pick<ConnectClient, 'config'>;
  readonly sinkConnector: string;
}

/**
 * What must be known before a restore of a backup is removed, whatever the environment calls live by now:
 * the vault knows what recoveries have done, and the sink's configuration where it writes. The caller holds
 * the lock of all operations.
 * @throws OperatorError where the restore is the live database's, or may become it; ConnectError where the
 *   sink's configuration cannot be read
 */
export async function guardDiscard(
  { vault, connect, sinkConnector }: DiscardGuards,
  { name, backupId }: { readonly name: string; readonly backupId: string },
): Promise<Pick<VolumeDiscard, 'liveCopies' | 'sinkServers'>> {
  const liveCopies = requireNotLive(name, await volumeRecoveries(vault, backupId));
  requireNoCutover((await readFreeze(vault, sinkConnector))?.record);
  const fed = sinkServerOf(await connect.config(sinkConnector));
  return { liveCopies, sinkServers: fed === undefined ? [] : jdbcHosts(fed) };
}

/**
 * Between its commit point and its end the live database is not yet where the sink's configuration names it.
 */
function requireNoCutover(freeze: FreezeRecord | undefined): void {
  if (freeze?.cutover === undefined) return;
  throw new OperatorError(
    `the sink ${freeze.connector} stands still in the middle of a ${freeze.purpose} of the recovery ${freeze.cutover.recoveryId}: which database is live is not settled`,
    {
      hint: 'wait until the sink runs (its guardian sees to it), or run `msr recover`; nothing was removed',
    },
  );
}
