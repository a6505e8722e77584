import type { Task } from '../../src/edge/task-context.ts';
import { compareAll } from '../../src/recovery/plan/comparison.ts';
import { bothProgress, vaultProgress } from '../../src/recovery/status/vault-progress.ts';

/**
 * Duty: compares all events of the live database with backup and Kafka, and writes down what it found.
 * Trigger: a request for it that the short look of a plan leaves open; under no lock, since it only reads.
 * Run again it compares again.
 */
export const compareTask: Task = async ({ operationId, ...ctx }) => {
  const progress = bothProgress(ctx.progress, vaultProgress(ctx.vault, operationId));
  const { state } = await compareAll({ ...ctx, progress, recoveryId: operationId });
  return { state };
};
