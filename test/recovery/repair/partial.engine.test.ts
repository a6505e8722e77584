import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repairStep } from '../../../src/recovery/steps/repair-step.ts';
import { undoStep } from '../../../src/recovery/steps/undo-step.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { damage, type PartialScene, partialScene } from './partial-scene.ts';

const bed = sharedBed();

describe('a repair of damaged hours', () => {
  let scene: PartialScene;
  beforeAll(async () => {
    scene = await partialScene(bed, { name: 'partial' });
  });
  afterAll(() => scene.drop());

  it('puts the right rows in the place of the damaged ones, and its undo brings the damage back', async () => {
    const { msr } = scene;
    const sound = await scene.rows();
    await damage(
      msr,
      scene.hour(4),
      `DELETE FROM msr.cdc_event WHERE $h AND (entity_state->>'n')::int % 3 = 0`,
    );
    await damage(
      msr,
      scene.hour(3),
      `UPDATE msr.cdc_event SET op = 'x' WHERE $h AND (entity_state->>'n')::int % 5 = 0`,
    );
    const damaged = await scene.rows();

    const { plan, ctx } = await scene.plan({ procedure: 'partial' });
    expect(plan.refusal).toBeUndefined();
    expect(plan).toMatchObject({ procedure: 'partial' });
    expect(new Set(plan.hours?.map(({ hour }) => hour.slice(0, 13)))).toEqual(
      new Set([scene.hour(4), scene.hour(3)].map((hour) => hour.toISOString().slice(0, 13))),
    );
    await repairStep(ctx);
    expect(await scene.rows()).toEqual(sound);

    await scene.plan({ undo: plan.recoveryId });
    await undoStep(ctx);
    expect(await scene.rows()).toEqual(damaged);
  });
});
