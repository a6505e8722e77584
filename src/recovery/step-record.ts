import { z } from 'zod';
import type { RecoveryContext } from './context.ts';
import { type RecoveryDocument, readRecoveryDocument, writeRecoveryDocument } from './documents.ts';
import { isRebuild, isRepair, type PlannedProcedure } from './plan/procedures.ts';

/** What a step leaves in the vault: when, how long, and what it found and did. */
export const stepSchema = z.object({
  name: z.string(),
  startedAt: z.iso.datetime(),
  seconds: z.number(),
  result: z.record(z.string(), z.unknown()),
});

export type StepResult = Readonly<Record<string, unknown>> & {
  /** An earlier run of this recovery had done it: that run's record stays. */
  readonly skipped?: boolean;
};

export type StepName = Extract<
  RecoveryDocument,
  'prepare' | 'restore' | 'replay' | 'cut-over' | 'repair' | 'undo'
>;

/** The steps that a procedure may take, in order. */
export function stepsOf(procedure: PlannedProcedure): readonly StepName[] {
  if (isRebuild(procedure)) return ['prepare', 'restore', 'replay', 'cut-over'];
  return isRepair(procedure) ? ['repair'] : ['undo'];
}

/** Runs a step and writes its record. */
export async function recordStep<T extends StepResult>(
  { vault, recoveryId }: Pick<RecoveryContext, 'vault' | 'recoveryId'>,
  name: Extract<RecoveryDocument, StepName>,
  step: () => Promise<T>,
): Promise<T> {
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const result = await step();
  const seconds = Math.round(performance.now() - started) / 1000;
  const earlier = await readRecoveryDocument(vault, recoveryId, name, stepSchema);
  if (result.skipped !== true || earlier === undefined) {
    await writeRecoveryDocument(vault, recoveryId, name, { name, startedAt, seconds, result });
  }
  return result;
}
