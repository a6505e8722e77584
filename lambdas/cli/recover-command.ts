import type { RecoveryInput } from '../recovery/plan/request.ts';

export interface RecoverFlags {
  readonly backup?: string;
  readonly dryRun?: true;
  readonly approve?: string;
  readonly yes?: true;
  readonly force?: true;
  readonly fresh?: true;
  readonly undo?: string | true;
  readonly redo?: string | true;
}

/** The state machine's input for what was asked on the command line. */
export function recoveryInput(flags: RecoverFlags): RecoveryInput {
  return {
    ...(flags.backup === undefined ? {} : { backupId: flags.backup }),
    ...(flags.dryRun === undefined ? {} : { dryRun: flags.dryRun }),
    ...(flags.force === undefined ? {} : { force: flags.force }),
    ...(flags.fresh === undefined ? {} : { fresh: flags.fresh }),
    ...(flags.undo === undefined ? {} : { undo: flags.undo }),
    ...(flags.redo === undefined ? {} : { redo: flags.redo }),
    ...(flags.approve === undefined ? {} : { approvedPlanHash: flags.approve }),
  };
}
