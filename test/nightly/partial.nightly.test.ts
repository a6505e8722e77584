import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Failpoint } from '../../src/core/failpoint.ts';
import { undoStep } from '../../src/recovery/steps/undo-step.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { runMsr } from '../cli/run-msr.ts';
import { CHANGE, damage, LOSE } from '../recovery/repair/damage-hour.ts';
import { databasesOf, killAndGoOn } from '../recovery/repair/killed-repair.ts';
import { hoursOf, type PartialScene, partialScene } from '../recovery/repair/partial-scene.ts';

const bed = sharedBed();

/** `npx vitest run --project nightly test/nightly/partial.nightly.test.ts` */
describe(`a repair of damaged hours (${bed.edition})`, () => {
  let scene: PartialScene;
  beforeAll(async () => {
    scene = await partialScene(bed, { name: 'partialnightly' });
  });
  afterAll(() => scene?.drop());

  test('takes late events for a damaged hour with it, and its undo keeps those that came since', async () => {
    const { msr } = scene;
    await damage(msr, scene.hour(5), LOSE);
    const damaged = await scene.rows();
    const { plan, ctx } = await scene.planCompared();
    expect(hoursOf(plan.hours)).toHaveLength(msr.topics.length);
    // They come while it restores and replays: before the freeze, into it, and behind it.
    const producing = (async () => {
      for (let batch = 0; batch < 60; batch++) {
        await msr.produce([...scene.events({ ago: 5, count: 10 }), ...scene.events({ ago: 1, count: 10 })]);
      }
    })();
    const [, repaired] = await Promise.allSettled([producing, scene.carryOut(ctx)]);
    expect(repaired).toMatchObject({ status: 'fulfilled' });
    await scene.expectEveryEventOnce();

    await scene.feed(scene.events({ ago: 5, count: 30 }));
    const whole = await scene.rows();
    const undo = await scene.plan({ undo: plan.recoveryId });
    await scene.carryOut(undo.ctx, 'undo');
    const after = new Set(await scene.rows());
    expect(damaged.every((row) => after.has(row))).toBe(true);
    const lost = whole.filter((row) => !after.has(row));
    const hour = scene.hour(5).toISOString().slice(0, 13).replace('T', ' ');
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every((row) => row.includes(hour))).toBe(true);
    // What came since the repair is there; what came before it the damaged rows did hold, too.
    expect(after.size).toBe(whole.length - lost.length);
    // So much of so small a database is hurt that restoring all of it would be as fast.
    const next = await scene.planCompared({ procedure: 'partial' });
    await scene.carryOut(next.ctx);
    await scene.expectEveryEventOnce();
  });

  test('is not undone over rows that somebody has changed since', async () => {
    const { msr } = scene;
    const sound = await scene.rows();
    await damage(msr, scene.hour(2), LOSE);
    const { plan, ctx } = await scene.planCompared();
    await scene.carryOut(ctx);

    await damage(msr, scene.hour(2), CHANGE);
    const undoing = await scene.plan({ undo: plan.recoveryId });
    await expect(undoStep(undoing.ctx)).rejects.toMatchObject({
      name: 'CannotUndoError',
      message: expect.stringMatching(
        /^somebody has changed or deleted \d+ of the rows that the repair had put in$/,
      ),
    });
    const mended = await scene.planCompared();
    await scene.carryOut(mended.ctx);
    expect(await scene.rows()).toEqual(sound);
  });

  test('is chosen, approved and undone by `msr recover` where a comparison proves the rest sound', async () => {
    const { msr, directory } = scene;
    const sound = await scene.rows();
    await damage(msr, scene.hour(4), LOSE);
    const damaged = await scene.rows();
    const run = async (...args: string[]) => {
      const { exitCode, stderr } = await runMsr(['recover', '--yes', ...args], msr.env(directory));
      expect(exitCode, stderr).toBe(0);
      return stderr;
    };
    await run('--full-digest');
    expect(await scene.rows()).toEqual(sound);
    await run('--undo');
    expect(await scene.rows()).toEqual(damaged);
    await run('--full-digest');
    expect(await scene.rows()).toEqual(sound);
    expect(await databasesOf(bed, scene)).toEqual([msr.database]);
  });

  test.each<[Failpoint, boolean]>([
    ['replay-batch.before', false],
    ['sink-stop.before', false],
    ['sink-stop.after', false],
    ['sink-resume.after', true],
  ])('killed at %s it goes on where it stopped', async (failpoint, swapped) => {
    await killAndGoOn(bed, scene, failpoint, swapped);
  });
});
