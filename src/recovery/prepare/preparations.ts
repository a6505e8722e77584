import type { RecoveryContext } from '../context.ts';
import type { Plan } from '../plan/plan.ts';
import type { Rebuild } from '../plan/procedures.ts';
import type { StepResult } from '../step-record.ts';
import { dumpZone } from './dump-zone.ts';
import { restartForCold } from './restart-for-cold.ts';

/** Brings about what a recovery begins with. Run again it converges. */
export type Preparation = (
  ctx: RecoveryContext,
  plan: Plan & { readonly backupId: string },
) => Promise<StepResult>;

/** By procedure: those that need one (PREPARED). */
export const PREPARATIONS: Readonly<Partial<Record<Rebuild, Preparation>>> = {
  cold: restartForCold,
  zone: dumpZone,
};
