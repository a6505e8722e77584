import { availableParallelism, loadavg } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Msr } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { insertEvents } from '../recovery/msr-history.ts';
import { damage, LOSE } from '../recovery/repair/damage-hour.ts';
import { hoursOf, type PartialScene, partialScene } from '../recovery/repair/partial-scene.ts';
import { databaseCpu } from './database-cpu.ts';

const EVENTS = 1_000_000;
const HOURS = 100;
const BATCH = 20_000;
/** Through Kafka: before the backup, and since. */
const RECORDS = 20_000;
const MOST_SECONDS = 15;
const HOUR_MS = 3_600_000;

const resultSchema = z.object({
  steps: z.array(z.object({ name: z.string(), seconds: z.number() })),
  pauseSeconds: z.number(),
});

const bed = sharedBed();

/** Written past Kafka: a recovery reads of it what came since the backup, however much came before. */
async function fill(msr: Msr): Promise<void> {
  const to = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const step = (HOURS * HOUR_MS * BATCH) / EVENTS;
  for (let at = 0; at < EVENTS / BATCH; at++) {
    const from = to - HOURS * HOUR_MS + at * step;
    const span = { from: new Date(from), to: new Date(from + step) };
    const numbers = { seed: at, firstNumber: 10_000_000 + at * BATCH };
    await insertEvents(msr, [
      ...history({ ...numbers, count: BATCH, topics: msr.topics, entities: 50_000, ...span }),
    ]);
  }
  await msr.query('admin', (admin) => admin.query('ANALYZE msr.cdc_event'));
  // As production's hourly job leaves it: a repair has its own hours alone to refresh.
  await msr.refreshAggregate();
}

/** `npx vitest run --project nightly test/nightly/partial-figure.nightly.test.ts` */
describe(`one damaged hour in ${EVENTS} events (${bed.edition})`, () => {
  let scene: PartialScene;
  beforeAll(async () => {
    const size = { perHour: RECORDS / 2, hours: 2, beforeBackup: fill };
    scene = await partialScene(bed, { name: 'partialfigure' }, size);
    await scene.feed(scene.events({ ago: 1, count: RECORDS }));
  });
  afterAll(() => scene?.drop());

  /** How many events there are, and what all of them hold. */
  async function content(): Promise<{ readonly events: string; readonly sum: string }> {
    const { rows } = await scene.msr.query('admin', (admin) =>
      admin.query(
        'SELECT count(*) AS events, sum(hashtextextended(e::text, 0)::numeric) AS sum FROM msr.cdc_event e',
      ),
    );
    return rows[0];
  }

  test(`is repaired within ${MOST_SECONDS} s`, async () => {
    const sound = await content();
    await damage(scene.msr, scene.hour(50), LOSE);
    const comparing = performance.now();
    const { plan, ctx } = await scene.planCompared();
    const compared = (performance.now() - comparing) / 1000;
    expect(plan.procedure).toBe('partial');
    expect(hoursOf(plan.hours)).toHaveLength(scene.msr.topics.length);

    const [before] = loadavg();
    const used = process.cpuUsage();
    const began = performance.now();
    const { result: report, milliseconds } = await databaseCpu(() => scene.carryOut(ctx));
    const whole = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(used);
    const [seconds = Number.NaN] = report.steps.flatMap((step) =>
      step.name === 'repair' ? [step.seconds] : [],
    );
    const { steps, pauseSeconds } = resultSchema.parse(report.results['repair']);
    const told = [
      `${sound.events} events, compared and planned in ${compared.toFixed(1)} s`,
      `repaired in ${seconds.toFixed(1)} s, ${whole.toFixed(1)} s with the test of the MSR API`,
      ...steps.map((step) => `  ${step.name}: ${step.seconds.toFixed(1)} s`),
      `the sink stood still for ${pauseSeconds.toFixed(1)} s`,
      `of a core: ${(milliseconds / 1000).toFixed(1)} s the database's sessions, ${((user + system) / 1e6).toFixed(1)} s the task, test of the MSR API included; load ${before?.toFixed(1)} on ${availableParallelism()} cores`,
    ];
    console.log(told.join('\n'));
    expect(report.verdict).toBe('recovered');
    expect(await content()).toEqual(sound);
    expect(seconds).toBeLessThan(MOST_SECONDS);
  });
});
