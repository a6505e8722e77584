import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failpoint } from '../../../src/core/failpoint.ts';
import { repairStep } from '../../../src/recovery/steps/repair-step.ts';
import { undoStep } from '../../../src/recovery/steps/undo-step.ts';
import type { Msr } from '../../bed/bed.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { sinkState } from '../../freeze/scene.ts';
import { CHANGE, damage, LOSE } from './damage-hour.ts';
import { databasesOf, killAndGoOn } from './killed-repair.ts';
import { hoursOf, type PartialScene, partialScene } from './partial-scene.ts';

const bed = sharedBed();
const DOUBLE = `INSERT INTO msr.cdc_event SELECT * FROM msr.cdc_event WHERE $h AND (entity_state->>'n')::int % 4 = 0`;

const text = (table: string, start: Date): string => `${table} ${start.toISOString().slice(0, 13)}`;

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

    expect((await scene.plan()).plan.procedure).toBe('standard');
    const { plan, ctx } = await scene.plan({ procedure: 'partial' });
    expect(plan.refusal).toBeUndefined();
    expect(plan).toMatchObject({ procedure: 'partial' });
    expect(hoursOf(plan.hours)).toEqual(
      tables.flatMap((table) => [text(table, scene.hour(4)), text(table, scene.hour(3))]).sort(),
    );
    expect(await scene.carryOut(ctx)).toMatchObject({ verdict: 'recovered' });
    expect(await scene.rows()).toEqual(sound);
    expect(await databasesOf(bed, scene)).toEqual([msr.database]);
    expect(await sinkState(msr)).toBe('RUNNING');
    // It converges: a run after its end changes nothing.
    await repairStep(ctx);
    expect(await scene.rows()).toEqual(sound);

    await undo(plan.recoveryId);
    expect(await scene.rows()).toEqual(damaged);
    await undoStep(ctx);
    expect(await scene.rows()).toEqual(damaged);
    expect((await scene.plan({ undo: plan.recoveryId })).plan.refusal).toContain('it was undone already');

    const again = await scene.planCompared();
    expect(again.plan.procedure).toBe('partial');
    expect(hoursOf(again.plan.hours)).toEqual(hoursOf(plan.hours));
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

  it('changes nothing where more is damaged by then, and says what; the sink goes on', async () => {
    const { msr } = scene;
    const sound = await scene.rows();
    await damage(msr, scene.hour(4), LOSE);
    const { ctx } = await scene.planCompared();
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
  });

  // In the middle of the swap, on both sides of its commit; the other points: test/nightly/partial.
  it.each<[Failpoint, boolean]>([
    ['repair-swap.before', false],
    ['repair-swap.after', true],
  ])('killed at %s it goes on where it stopped', async (failpoint, swapped) => {
    await killAndGoOn(bed, scene, failpoint, swapped);
  });
});

/** The columnstore policy of the events, made to compress all but the newest hours; a run of it, awaited. */
async function compressOlderHours(msr: Msr): Promise<void> {
  await msr.query('admin', async (admin) => {
    const { rows } = await admin.query<{ job: number }>(
      `SELECT j.job_id AS job, alter_job(j.job_id, config => j.config || '{"compress_after": "3 hours"}')
       FROM timescaledb_information.jobs j
       WHERE j.proc_name = 'policy_compression' AND j.hypertable_name = 'cdc_event'`,
    );
    await admin.query(`CALL run_job(${rows[0]?.job})`);
  });
}

async function allOf(msr: Msr, sql: string): Promise<string[]> {
  const { rows } = await msr.query('admin', (admin) => admin.query<{ text: string }>(sql));
  return rows.map(({ text }) => text);
}

const statesOf = (msr: Msr) =>
  allOf(msr, 'SELECT md5(s::text) AS text FROM msr.entity_last_states s ORDER BY 1');

/** The chunks of the events that hold a row outside the columnstore. */
const uncompressedOf = async (msr: Msr, start: Date): Promise<string[]> => {
  const chunks = await allOf(
    msr,
    `SELECT format('%I.%I', chunk_schema, chunk_name) AS text FROM timescaledb_information.chunks
     WHERE hypertable_name = 'cdc_event' AND range_start <= '${start.toISOString()}' AND range_end > '${start.toISOString()}'`,
  );
  expect(chunks).toHaveLength(1);
  return await allOf(msr, `SELECT e::text AS text FROM ONLY ${chunks[0]} AS e`);
};

if (bed.edition === 'community') {
  describe('a repair of damaged hours in the columnstore', () => {
    let scene: PartialScene;
    beforeAll(async () => {
      const beforeBackup = async (msr: Msr) => {
        await compressOlderHours(msr);
        await msr.refreshAggregate();
      };
      scene = await partialScene(bed, { name: 'partialstore' }, { perHour: 20, hours: 60, beforeBackup });
    });
    afterAll(() => scene?.drop());

    it('goes on beside the policy that compresses, and so does its undo; the aggregate follows', async () => {
      const { msr } = scene;
      const [hour, next] = [scene.hour(30), scene.hour(29)];
      const [sound, states] = [await scene.rows(), await statesOf(msr)];
      expect(await uncompressedOf(msr, hour)).toEqual([]);
      await damage(msr, hour, LOSE);
      await damage(msr, next, CHANGE, 'gis.track');
      await compressOlderHours(msr);
      await msr.refreshAggregate();
      expect(await uncompressedOf(msr, hour)).toEqual([]);
      const [damaged, wrongStates] = [await scene.rows(), await statesOf(msr)];
      expect(wrongStates).not.toEqual(states);

      const { plan, ctx } = await scene.planCompared();
      expect(plan).toMatchObject({ procedure: 'partial' });
      const besidePolicy = async (work: Promise<unknown>) => {
        let isOver = false;
        const policy = (async () => {
          while (!isOver) await compressOlderHours(msr);
        })();
        await work.finally(() => {
          isOver = true;
        });
        await policy;
      };
      await besidePolicy(scene.carryOut(ctx));
      expect(await scene.rows()).toEqual(sound);
      expect(await statesOf(msr)).toEqual(states);
      await compressOlderHours(msr);
      expect(await uncompressedOf(msr, hour)).toEqual([]);
      expect(await scene.rows()).toEqual(sound);

      const undo = await scene.plan({ undo: plan.recoveryId });
      await besidePolicy(scene.carryOut(undo.ctx, 'undo'));
      expect(await scene.rows()).toEqual(damaged);
      expect(await statesOf(msr)).toEqual(wrongStates);
      await compressOlderHours(msr);
      expect(await scene.rows()).toEqual(damaged);
    });
  });
}
