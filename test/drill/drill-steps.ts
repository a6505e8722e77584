import { z } from 'zod';
import type { BedHandle } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import type { Msr } from '../bed/msr.ts';
import { waitFor } from '../bed/wait.ts';
import type { Disaster } from './disasters.ts';
import { ageDatabase } from './live-database.ts';
import { msr as runMsr } from './msr-command.ts';

export interface DrillOptions<D extends Disaster = Disaster> {
  readonly disaster: D;
  readonly events: number;
  readonly rate: number;
  readonly seed: number;
  /** A directory for the `file://` vault. */
  readonly vault: string;
}

/** What the drill reads of a recovery's report; the rest is the product's business. */
export const recoveryReport = z.object({
  recoveryId: z.string(),
  procedure: z.string(),
  verdict: z.string(),
  lost: z.object({ events: z.number().nullable(), atLeast: z.number() }).optional(),
  steps: z.array(z.object({ name: z.string(), startedAt: z.iso.datetime(), seconds: z.number() })),
  ledger: z.unknown().optional(),
  notRun: z.array(z.string()).default([]),
});
export type RecoveryReport = z.infer<typeof recoveryReport>;

export interface DrillStep {
  readonly name: string;
  readonly seconds: number;
}

/** Takes the time of each step of a drill, and says when it begins. */
export interface Stopwatch {
  readonly steps: readonly DrillStep[];
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export function startStopwatch(): Stopwatch {
  const steps: DrillStep[] = [];
  return {
    steps,
    step: async (name, work) => {
      say(`${name} …`);
      const started = performance.now();
      const result = await work();
      steps.push({ name, seconds: (performance.now() - started) / 1000 });
      return result;
    },
  };
}

/** At any hour: nobody maintains the bed at night. */
export const BACKUP = ['backup', '--ignore-maintenance'];

export function say(message: string): void {
  console.error(`drill: ${message}`);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** MSR's default MAX_PLAYBACK_RANGE. */
const RANGE_MS = 7 * DAY_MS;
/**
 * No event lies this near the edge of the range, so what maintenance drops does not
 * depend on the minute it runs.
 */
const EDGE_MS = 2 * HOUR_MS;
/** The share of the history that is older than the range. */
const OLD_SHARE = 0.2;

/**
 * Through Kafka and the real sink, like all that MSR ever held.
 * @returns how many of them maintenance must drop
 */
export async function writeHistory(
  bed: BedHandle,
  msr: Msr,
  { seed, events }: DrillOptions,
): Promise<number> {
  const now = Date.now();
  const old = Math.floor(events * OLD_SHARE);
  const edge = now - RANGE_MS;
  const from = new Date(edge - 2 * DAY_MS);
  const { topics } = msr;
  await msr.produce(
    history({ seed, count: old, topics, from, to: new Date(edge - EDGE_MS), firstNumber: 1 }),
  );
  await msr.produce(
    history({
      seed: seed + 1,
      count: events - old,
      topics,
      from: new Date(edge + EDGE_MS),
      to: new Date(now),
      firstNumber: old + 1,
    }),
  );
  await age(bed, msr, events);
  return old;
}

/** Once all of its history is there, it is as a database that has lived for days. */
export async function age(bed: BedHandle, msr: Msr, events: number): Promise<void> {
  await msr.waitForEvents(events);
  if (bed.edition === 'community') await ageDatabase(msr);
  await msr.startJobs();
}

/**
 * The producer has stopped: the sink is done when the table holds all that it must,
 * and the count stands still.
 */
export async function waitForSink(msr: Msr, expected: number): Promise<void> {
  let last = -1;
  await waitFor(
    `the sink to have written ${expected} events`,
    async () => {
      const count = await msr.query('api', async (client) => {
        const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM msr.cdc_event');
        return Number(rows[0]?.n);
      });
      const still = count === last;
      last = count;
      if (count >= expected && still) return true;
      throw new Error(`the table holds ${count}`);
    },
    { timeoutMs: 120_000, everyMs: 1_000 },
    // A sink that never gets there is what the proof is for: it will say how many are lost.
  ).catch((error: unknown) => say(String(error)));
}

/** @returns what is wrong: where the database was lost, an undo has to say so and to change nothing */
export async function refusedUndo(
  env: Readonly<Record<string, string>>,
  recoveryId: string,
): Promise<string[]> {
  const { document, exitCode } = await runMsr(['recover', '--undo', recoveryId, '--yes'], env, [1]);
  const answer = JSON.stringify(document);
  if (exitCode === 1 && answer.includes('there is nothing to go back to')) return [];
  return [`an undo had to be refused, and says: ${answer}`];
}
