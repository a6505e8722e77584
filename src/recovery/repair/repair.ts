import type { Settings } from '../../settings/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import type { RecoveryVerdict } from '../end/verdict.ts';
import type { Plan } from '../plan/plan.ts';
import type { StepResult } from '../step-record.ts';

/** What a repair leaves in its report. */
export interface RepairResult extends StepResult {
  /** What it has proven. */
  readonly verdict: RecoveryVerdict;
  /** What people have yet to do, or should know. */
  readonly remarks: readonly string[];
}

/** What the undo of a repair would do, for its plan. */
export interface RepairUndo {
  /** Plain sentences. */
  readonly remarks: readonly string[];
  /** Why there can be none; absent where there can be one. */
  readonly refusal?: string;
}

/** A procedure that mends what is live where it is: one task that converges when it is run again. */
export interface RepairProcedure {
  /** @throws OperatorError where the world is not the one of the plan: nothing was changed then */
  run(ctx: RecoveryContext, plan: Plan): Promise<RepairResult>;
  planUndo(
    where: { readonly vault: Vault; readonly settings: Settings },
    recoveryId: string,
  ): Promise<RepairUndo>;
  undo(ctx: RecoveryContext): Promise<StepResult>;
}
