import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failpoint } from '../../../src/core/failpoint.ts';
import { newDatabaseName } from '../../../src/live/database-names.ts';
import { repairStep } from '../../../src/recovery/steps/repair-step.ts';
import { undoStep } from '../../../src/recovery/steps/undo-step.ts';
import type { Msr } from '../../bed/bed.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { withClient } from '../../bed/timescale/server.ts';
import { runChild, sinkState, waitForThaw } from '../../freeze/scene.ts';
import { damage, type PartialScene, partialScene } from './partial-scene.ts';

const bed = sharedBed();
const PROCESS = fileURLToPath(new URL('repair-process.ts', import.meta.url));

const LOSE = `DELETE FROM msr.cdc_event WHERE $h AND (entity_state->>'n')::int % 3 = 0`;
const CHANGE = `UPDATE msr.cdc_event SET op = 'x' WHERE $h AND (entity_state->>'n')::int % 5 = 0`;
const DOUBLE = `INSERT INTO msr.cdc_event SELECT * FROM msr.cdc_event WHERE $h AND (entity_state->>'n')::int % 4 = 0`;

/** The hours of a plan, as `table hour`. */
const hoursOf = (hours: ReadonlyArray<{ table: string; hour: string }> | undefined): string[] =>
  (hours ?? []).map(({ table, hour }) => `${table} ${hour.slice(0, 13)}`).sort();

const text = (table: string, start: Date): string => `${table} ${start.toISOString().slice(0, 13)}`;

async function databaseNames(msr: Msr): Promise<string[]> {
  return await withClient(bed.adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1',
      [msr.database],
    );
    return rows.map(({ name }) => name);
  });
}

describe('a repair of damaged hours', () => {
  let scene: PartialScene;
  let tables: string[];
  beforeAll(async () => {
    scene = await partialScene(bed, { name: 'partial' });
    tables = [...new Set(scene.manifest.digests.map(({ table }) => table))].sort();
  });
  afterAll(() => scene.drop());

  async function undo(recoveryId: string): Promise<void> {
    const { plan, ctx } = await scene.plan({ undo: recoveryId });
    expect(plan.refusal).toBeUndefined();
    expect(await scene.carryOut(ctx, 'undo')).toMatchObject({ verdict: 'recovered' });
  }

  it('puts the right rows in the place of the damaged ones, and its undo brings the damage back', async () => {
    const { msr } = scene;
    const sound = await scene.rows();
    await damage(msr, scene.hour(4), LOSE);
    await damage(msr, scene.hour(3), CHANGE);
    const damaged = await scene.rows();

    const { plan, ctx } = await scene.plan({ procedure: 'partial' });
    expect(plan.refusal).toBeUndefined();
    expect(plan).toMatchObject({ procedure: 'partial' });
    expect(hoursOf(plan.hours)).toEqual(
      tables.flatMap((table) => [text(table, scene.hour(4)), text(table, scene.hour(3))]).sort(),
    );
    expect(await scene.carryOut(ctx)).toMatchObject({ verdict: 'recovered' });
    expect(await scene.rows()).toEqual(sound);
    expect(await databaseNames(msr)).toEqual([msr.database]);
    expect(await sinkState(msr)).toBe('RUNNING');
    // It converges: a run after its end changes nothing.
    await repairStep(ctx);
    expect(await scene.rows()).toEqual(sound);

    await undo(plan.recoveryId);
    expect(await scene.rows()).toEqual(damaged);
    await undoStep(ctx);
    expect(await scene.rows()).toEqual(damaged);
    expect((await scene.plan({ undo: plan.recoveryId })).plan.refusal).toContain('it was undone already');

    const again = await scene.plan();
    await scene.carryOut(again.ctx);
    expect(await scene.rows()).toEqual(sound);
  });

  it('finds what is there twice, and what Kafka alone holds, by a comparison of everything', async () => {
    const { msr } = scene;
    const [table = '', other = ''] = tables;
    // An hour that the backup holds nothing of: its events lie wholly after the cut.
    await scene.feed(scene.events({ ago: 8, count: 80 }));
    const sound = await scene.rows();
    await damage(msr, scene.hour(8), 'DELETE FROM msr.cdc_event WHERE $h', table);
    await damage(msr, scene.hour(2), DOUBLE, other);
    const { plan, ctx } = await scene.planCompared();
    expect(hoursOf(plan.hours)).toEqual([text(other, scene.hour(2)), text(table, scene.hour(8))].sort());
    await scene.carryOut(ctx);
    expect(await scene.rows()).toEqual(sound);
    await scene.expectEveryEventOnce();
    expect((await scene.planCompared()).plan.refusal).toContain('nothing to recover');
  });

  it('takes late events for a damaged hour with it, and its undo keeps those that came since', async () => {
    const { msr } = scene;
    await damage(msr, scene.hour(5), LOSE);
    const damaged = await scene.rows();
    const { plan, ctx } = await scene.plan();
    expect(hoursOf(plan.hours)).toHaveLength(tables.length);
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
    await undo(plan.recoveryId);
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

  it('changes nothing where more is damaged by then, and says what; the sink goes on', async () => {
    const { msr } = scene;
    const sound = await scene.rows();
    await damage(msr, scene.hour(4), LOSE);
    const { ctx } = await scene.plan();
    await damage(msr, scene.hour(2), DOUBLE);
    const damaged = await scene.rows();
    await expect(repairStep(ctx)).rejects.toMatchObject({
      name: 'RestNotSoundError',
      message: expect.stringMatching(
        /more is damaged than the hours of the plan: \S+ in the hour of \S+ has \d+ events; backup and Kafka hold \d+/,
      ),
      hint: expect.stringContaining('--full-digest'),
    });
    expect(await scene.rows()).toEqual(damaged);
    expect(await sinkState(msr)).toBe('RUNNING');
    const all = await scene.planCompared({ fresh: true, procedure: 'partial' });
    expect(hoursOf(all.plan.hours)).toHaveLength(2 * tables.length);
    await scene.carryOut(all.ctx);
    expect(await scene.rows()).toEqual(sound);

    await damage(msr, scene.hour(2), CHANGE);
    const undoing = await scene.plan({ undo: all.plan.recoveryId });
    await expect(undoStep(undoing.ctx)).rejects.toMatchObject({
      name: 'CannotUndoError',
      message: expect.stringMatching(
        /^somebody has changed or deleted \d+ of the rows that the repair had put in$/,
      ),
    });
    const mended = await scene.plan();
    await scene.carryOut(mended.ctx);
    expect(await scene.rows()).toEqual(sound);
  });

  it.each<[Failpoint | `${Failpoint}#${number}`, boolean]>([
    ['replay-batch.before', false],
    ['sink-stop.before', false],
    ['sink-stop.after', false],
    ['repair-swap.before', false],
    ['repair-swap.after', true],
    ['sink-resume.after', true],
  ])('killed at %s it goes on where it stopped', async (failpoint, swapped) => {
    const { msr, vault, directory } = scene;
    await scene.feed(scene.events({ ago: 1, count: 20 }));
    const sound = await scene.rows();
    await damage(msr, scene.hour(4), LOSE);
    const damaged = await scene.rows();
    const { plan } = await scene.plan();
    const { signal, said } = await runChild(
      PROCESS,
      ['repair', plan.recoveryId],
      msr.env(directory),
      failpoint,
    );
    expect(signal, said).toBe('SIGKILL');
    await waitForThaw(vault, msr.connector);
    expect(await sinkState(msr)).toBe('RUNNING');
    expect(await scene.rows()).toEqual(swapped ? sound : damaged);
    expect(await databaseNames(msr)).toContain(newDatabaseName(msr.database, plan.recoveryId));

    // As the next execution does: it finds the recovery unfinished, and takes it up.
    const next = await scene.plan();
    expect(next.plan).toMatchObject({ recoveryId: plan.recoveryId, procedure: 'partial' });
    expect(next.plan.refusal).toBeUndefined();
    await scene.carryOut(next.ctx);
    await scene.expectEveryEventOnce();
    expect(await databaseNames(msr)).toEqual([msr.database]);
  });
});
