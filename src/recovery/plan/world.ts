import type { ConnectClient } from '../../clients/connect.ts';
import { type BackupStock, readStock } from '../../manifest/catalogue.ts';
import type { Settings } from '../../settings/settings.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import type { Vault } from '../../vault/vault.ts';
import { assessMoments } from './assess-moments.ts';
import { assessSink, type SinkFinding } from './assess-sink.ts';
import type { Assessment } from './assessment.ts';
import type { Damage } from './choose-start.ts';
import type { RecoveryRequest } from './request.ts';
import { leaveOutOf } from './request-leave-out.ts';
import { findUnfinished } from './unfinished.ts';

/** What is met once for a plan, whichever backup it is made with. */
export interface World extends Damage {
  readonly vault: Vault;
  readonly settings: Settings;
  readonly request: RecoveryRequest;
  /** The recovery that begins now, where all events were compared for it. */
  readonly comparedBy: string | undefined;
  readonly unfinished: Assessment['unfinished'];
  readonly stock: BackupStock;
  readonly connect: ConnectClient;
  /** The sink as Connect has it. */
  readonly met: SinkFinding;
}

/**
 * Changes nothing.
 * @param comparedBy the id of a recovery that begins now, where all events were compared for it or for the
 *   one that it continues
 * @throws OperatorError where it cannot look: wrong credentials, missing rights
 */
export async function meetWorld(
  vault: Vault,
  settings: Settings,
  request: RecoveryRequest,
  comparedBy?: string,
): Promise<World> {
  const unfinished = request.fresh ? undefined : await findUnfinished(vault, settings, request.backupId);
  const stock = await readStock(vault);
  const connect = sinkConnect({ settings, vault });
  const met = await assessSink(connect, settings);
  const leaveOut = leaveOutOf(request) ?? unfinished?.course?.leaveOut;
  const moments = await assessMoments(settings, met.config, leaveOut);
  return { vault, settings, request, comparedBy, unfinished, stock, connect, met, leaveOut, moments };
}
