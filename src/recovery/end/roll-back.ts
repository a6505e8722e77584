import { z } from 'zod';
import { causeMessage } from '../../clients/task-failure.ts';
import type { Progress } from '../../core/progress.ts';
import { recoverStaleFreeze } from '../../freeze/stale-freeze.ts';
import type { Settings } from '../../settings/settings.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import type { Vault } from '../../vault/vault.ts';
import { forgetFailedUndo } from '../cutover/redirect-undo.ts';
import { readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import type { Plan } from '../plan/plan.ts';
import { isRebuild } from '../plan/procedures.ts';
import { positionIfUp } from '../position-if-up.ts';
import { type AfterFailure, afterFailure } from './after-failure.ts';

export interface FailedRecovery {
  readonly recoveryId: string;
  readonly procedure: Plan['procedure'];
  /** Failures are counted for each execution. */
  readonly execution: string;
  /** The failure as Step Functions reports it. */
  readonly failure: { readonly Error: string; readonly Cause: string };
}

export interface RollBackContext {
  readonly settings: Settings;
  readonly vault: Vault;
  readonly progress: Progress;
}

const failuresSchema = z.array(
  z.object({ at: z.string(), execution: z.string(), error: z.string(), message: z.string() }),
);

/**
 * Brings sink and names to one side, then decides. Before the commit point nothing but the sink was ever
 * touched: the new database stays beside the live one, to be continued or looked at.
 * @throws ConnectError and the like where the sink cannot be made to run: its guardian goes on trying
 */
export async function rollBack(
  ctx: RollBackContext,
  { recoveryId, procedure, execution, failure }: FailedRecovery,
): Promise<AfterFailure> {
  const { settings, vault } = ctx;
  const failures = await countFailure(vault, recoveryId, execution, failure);
  // Ends a rename that the dead task had begun, too: only after this the names stand still.
  await recoverStaleFreeze({ ...ctx, connect: sinkConnect(ctx) }, settings.sinkConnector);
  const position = await positionIfUp(vault, settings, recoveryId);
  if (procedure === 'undo' && position.kind === 'live') await forgetFailedUndo(settings, recoveryId);
  const committed = isRebuild(procedure) && position.kind === 'live';
  return afterFailure({ error: failure.Error, failures, committed });
}

/** @returns the failures of this execution, this one included */
async function countFailure(
  vault: Vault,
  recoveryId: string,
  execution: string,
  { Error: error, Cause: cause }: FailedRecovery['failure'],
): Promise<number> {
  const earlier = (await readRecoveryDocument(vault, recoveryId, 'failures', failuresSchema)) ?? [];
  const present = { at: new Date().toISOString(), execution, error, message: causeMessage(cause) };
  await writeRecoveryDocument(vault, recoveryId, 'failures', [...earlier, present]);
  return earlier.filter((failure) => failure.execution === execution).length + 1;
}
