import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { BedHandle } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import type { Msr } from '../bed/msr.ts';
import { waitFor } from '../bed/wait.ts';
import { type Disaster, strike } from './disasters.ts';
import { ageDatabase, sleepingJobs } from './live-database.ts';
import { type LiveProducer, startLiveProducer } from './live-producer.ts';
import { type CommandResult, msr as runMsr } from './msr-command.ts';
import { countPhases, type Phase, thinPhases } from './phases.ts';
import { type Proof, proveByNumbers } from './proof.ts';
import { type DrillReport, type DrillStep, failuresOf, type Observed } from './report.ts';
import { readSetAside } from './set-aside.ts';
import { longestPause, pausesOf, type SinkMonitor, standsStill, startSinkMonitor } from './sink-monitor.ts';
import type { Struck } from './struck.ts';

export interface DrillOptions {
  readonly disaster: Disaster;
  readonly events: number;
  readonly rate: number;
  readonly seed: number;
  /** A directory for the `file://` vault. */
  readonly vault: string;
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
/**
 * A pause can be too brief for a steady producer to prove anything about it, so a burst falls into each:
 * about twice the platform's worst (270,000 a minute).
 */
const BURST_PER_SECOND = 10_000;
/** The share of the history that is older than the range. */
const OLD_SHARE = 0.2;

/** What the drill reads of a recovery's report; the rest is the product's business. */
const recoveryReport = z.object({
  recoveryId: z.string(),
  verdict: z.string(),
  steps: z.array(z.object({ name: z.string(), startedAt: z.iso.datetime(), seconds: z.number() })),
  ledger: z.unknown(),
  notRun: z.array(z.string()).default([]),
});

/**
 * One drill on a running bed.
 * @throws where the drill itself cannot go on; a lost event is a report, not an error
 */
export async function runDrill(bed: BedHandle, options: DrillOptions): Promise<DrillReport> {
  const steps: DrillStep[] = [];
  const step = <T>(name: string, work: () => Promise<T>): Promise<T> => timed(steps, name, work);
  say(`seed ${options.seed}, disaster ${options.disaster}`);
  const msr = await step('set up MSR', () =>
    bed.createMsr({ name: `drill${options.seed}`, tasks: 2, jobs: false }),
  );
  try {
    return await drillOn(bed, msr, options, { steps, step });
  } finally {
    await msr.drop();
  }
}

interface Stopwatch {
  readonly steps: readonly DrillStep[];
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

async function drillOn(
  bed: BedHandle,
  msr: Msr,
  options: DrillOptions,
  { steps, step }: Stopwatch,
): Promise<DrillReport> {
  const old = await step('history', () => writeHistory(bed, msr, options));
  const asleep = await sleepingJobs(msr);
  const monitor = startSinkMonitor(bed.connectUrl, msr.connector);
  const producer = await startLiveProducer({
    brokers: bed.brokers,
    topics: msr.topics,
    seed: options.seed,
    firstNumber: options.events + 1,
    eventsPerSecond: () =>
      standsStill(monitor.changes) ? Math.max(options.rate, BURST_PER_SECOND) : options.rate,
  }).catch(async (error: unknown) => {
    await monitor.stop();
    throw error;
  });
  try {
    const env = msr.env(options.vault);
    const backup = await step('backup', () => runMsr(['backup'], env));
    await step('more events', () => delay(3_000));
    const struck = await step('disaster', () => strike(options.disaster, { msr, producer }));
    say(struck.said);
    // 2: right, and not green, since something is set aside.
    const recovery = await step('recovery', () => runMsr(['recover', '--yes', ...struck.flags], env, [2]));
    await step('after the recovery', () => delay(1_000));
    const lastNumber = await producer.stop();
    await step('sink catches up', () => waitForSink(msr, lastNumber - old - struck.leftOut.length));
    const seen = await look({ msr, options, struck, recovery, old, lastNumber }, step);
    const watched = { monitor, producer, steps };
    return conclude({ bed, msr, options, old, asleep, lastNumber, backup, recovery, seen, ...watched });
  } finally {
    await producer.stop().catch(() => undefined);
    await monitor.stop();
  }
}

function say(message: string): void {
  console.error(`drill: ${message}`);
}

async function timed<T>(steps: DrillStep[], name: string, work: () => Promise<T>): Promise<T> {
  say(`${name} …`);
  const started = performance.now();
  const result = await work();
  steps.push({ name, seconds: (performance.now() - started) / 1000 });
  return result;
}

/**
 * Through Kafka and the real sink, like all that MSR ever held.
 * @returns how many of them maintenance must drop
 */
async function writeHistory(bed: BedHandle, msr: Msr, { seed, events }: DrillOptions): Promise<number> {
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
  await msr.waitForEvents(events);
  if (bed.edition === 'community') await ageDatabase(msr);
  await msr.startJobs();
  return old;
}

/**
 * The producer has stopped: the sink is done when the table holds all that it must,
 * and the count stands still.
 */
async function waitForSink(msr: Msr, expected: number): Promise<void> {
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

interface Recovered {
  readonly msr: Msr;
  readonly options: DrillOptions;
  readonly struck: Struck;
  readonly recovery: CommandResult;
  readonly old: number;
  readonly lastNumber: number;
}

/** What the databases hold, counted while each was live. */
interface Seen extends Pick<Observed, 'proof' | 'verdict' | 'setAside' | 'undone'> {
  readonly sleeping: readonly string[];
}

async function look(
  { msr, options, struck, recovery, old, lastNumber }: Recovered,
  step: Stopwatch['step'],
): Promise<Seen> {
  const { leftOut, verdict } = struck;
  const { recoveryId } = recoveryReport.parse(recovery.document);
  return {
    verdict,
    proof: await proveByNumbers(msr, { lastNumber, predictedThrough: old, leftOut }),
    setAside: await readSetAside(msr, { vault: options.vault, recoveryId, expected: leftOut }),
    sleeping: await sleepingJobs(msr),
    undone: struck.undoable
      ? await step('undo', () => undo(msr, msr.env(options.vault), lastNumber))
      : undefined,
  };
}

/**
 * Back to the database of before: nothing was ever dropped from it, and the sink brings what it has missed.
 */
async function undo(msr: Msr, env: Readonly<Record<string, string>>, lastNumber: number): Promise<Proof> {
  await runMsr(['recover', '--undo', '--yes'], env, [2]);
  await waitForSink(msr, lastNumber);
  return await proveByNumbers(msr, { lastNumber, predictedThrough: 0 });
}

interface Evidence {
  readonly bed: BedHandle;
  readonly msr: Msr;
  readonly options: DrillOptions;
  readonly old: number;
  /** The jobs that slept before the backup. */
  readonly asleep: readonly string[];
  readonly lastNumber: number;
  readonly backup: CommandResult;
  readonly recovery: CommandResult;
  readonly seen: Seen;
  readonly monitor: SinkMonitor;
  readonly producer: LiveProducer;
  readonly steps: readonly DrillStep[];
}

function conclude(evidence: Evidence): DrillReport {
  const { bed, options, old, lastNumber, backup, recovery, seen, monitor, producer } = evidence;
  const { proof, sleeping, ...others } = seen;
  const told = recoveryReport.parse(recovery.document);
  const phases = countPhases(phasesOf(evidence, told.steps), producer.acknowledged);
  const pause = ({ startedAt, endedAt }: CommandResult): number =>
    longestPause(pausesOf(monitor.changes, startedAt, endedAt), endedAt);
  const result = {
    disaster: options.disaster,
    edition: bed.edition,
    timescaledb: bed.timescaledb,
    seed: options.seed,
    produced: lastNumber,
    lost: proof.lost,
    predictedLost: old,
    predictedLeftOut: others.setAside.expected.length,
    doubled: proof.doubled,
    unknown: proof.unknown,
    sinkPauseSeconds: pause(backup),
    cutoverPauseSeconds: pause(recovery),
    steps: [
      ...evidence.steps,
      ...told.steps.map(({ name, seconds }) => ({ name: `recovery: ${name}`, seconds })),
    ],
    phases,
    ledger: told.ledger,
    recoveryVerdict: told.verdict,
    notRunInThisEdition: told.notRun.filter((check) => check.includes('edition')),
  };
  const jobs = { before: evidence.asleep, after: sleeping };
  const failures = failuresOf(result, { ...others, proof, jobs, thin: thinPhases(phases) });
  return { ...result, verdict: failures.length === 0 ? 'passed' : 'failed', failures };
}

/** The stretches that a careless recovery loses or doubles events in. */
function phasesOf(
  { backup, recovery, monitor }: Evidence,
  steps: z.infer<typeof recoveryReport>['steps'],
): Phase[] {
  const [pause] = pausesOf(monitor.changes, backup.startedAt, backup.endedAt);
  const resumedAt =
    pausesOf(monitor.changes, recovery.startedAt, recovery.endedAt).at(-1)?.to ?? recovery.startedAt;
  const span = (name: string): Phase[] =>
    steps
      .filter((step) => step.name === name)
      .map(({ startedAt, seconds }) => ({
        name,
        from: new Date(startedAt),
        to: new Date(Date.parse(startedAt) + seconds * 1000),
      }));
  const replayEnd = span('replay').at(-1)?.to ?? recovery.startedAt;
  return [
    { name: "the backup's pause", from: pause?.from ?? backup.startedAt, to: pause?.to ?? backup.startedAt },
    ...span('restore'),
    ...span('replay'),
    { name: 'the time between replay end and resume', from: replayEnd, to: resumedAt },
  ];
}
