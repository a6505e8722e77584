import { OperatorError } from '../../core/operator-error.ts';
import { assess } from './assess.ts';
import { chooseStart, type Start } from './choose-start.ts';
import { isBetter, type OtherStart, otherStart, type Planned } from './other-start.ts';
import { planRecovery } from './plan-recovery.ts';
import type { World } from './world.ts';

/**
 * A plan with the newest backup that can be used; with an older one where that leads nowhere, or holds the
 * damage already. Changes nothing.
 * @throws OperatorError where it cannot look, or no backup can be used
 */
export async function assessAndPlan(world: World, recoveryId: string): Promise<Planned> {
  const start = await chooseStart(world);
  const first = await planFrom(world, recoveryId, start);
  const other = otherStart(first, world.request);
  if (other === undefined) return first;
  const second = await planFromOther(world, recoveryId, { start, other });
  return second !== undefined && isBetter(other, second) ? second : first;
}

async function planFrom(world: World, recoveryId: string, start: Start): Promise<Planned> {
  const assessment = await assess(world, start);
  return { assessment, plan: planRecovery(assessment, world.request, recoveryId) };
}

/** undefined: it cannot be read, and the plan with the newer one says what there is to say. */
async function planFromOther(
  world: World,
  recoveryId: string,
  {
    start: { passedOver },
    other: { backupId, reason },
  }: { readonly start: Start; readonly other: OtherStart },
): Promise<Planned | undefined> {
  try {
    const start = await chooseStart({ ...world, request: { ...world.request, backupId } });
    return await planFrom(world, recoveryId, { ...start, passedOver: [...passedOver, reason] });
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}
