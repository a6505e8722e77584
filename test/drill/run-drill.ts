import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { BedHandle } from '../bed/bed.ts';
import type { Msr } from '../bed/msr.ts';
import { ANNOUNCED, type DatabaseDisaster, isKafkaDisaster } from './disasters.ts';
import {
  age,
  BACKUP,
  type DrillOptions,
  type RecoveryReport,
  recoveryReport,
  refusedUndo,
  type Stopwatch,
  say,
  startStopwatch,
  waitForSink,
  writeHistory,
} from './drill-steps.ts';
import { runKafkaDrill } from './kafka-drill.ts';
import { sleepingJobs } from './live-database.ts';
import { type LiveProducer, startLiveProducer } from './live-producer.ts';
import { type CommandResult, msr as runMsr } from './msr-command.ts';
import { zonesOf } from './other-zone.ts';
import { countPhases, type Phase, thinPhases } from './phases.ts';
import { proveByNumbers } from './proof.ts';
import { type DrillReport, type Observed, reportOf } from './report.ts';
import { readSetAside } from './set-aside.ts';
import { longestPause, pausesOf, type SinkMonitor, standsStill, startSinkMonitor } from './sink-monitor.ts';
import { strike } from './strike.ts';
import type { Struck } from './struck.ts';

/**
 * A pause can be too brief for a steady producer to prove anything about it, so a burst falls into each:
 * about twice the platform's worst (270,000 a minute).
 */
const BURST_PER_SECOND = 10_000;
/**
 * One drill on a running bed.
 * @throws where the drill itself cannot go on; a lost event is a report, not an error
 */
export async function runDrill(bed: BedHandle, options: DrillOptions): Promise<DrillReport> {
  const { disaster } = options;
  say(`seed ${options.seed}, disaster ${disaster}: ${ANNOUNCED[disaster]}`);
  return isKafkaDisaster(disaster)
    ? await runKafkaDrill(bed, { ...options, disaster })
    : await runDatabaseDrill(bed, { ...options, disaster });
}

async function runDatabaseDrill(
  bed: BedHandle,
  options: DrillOptions<DatabaseDisaster>,
): Promise<DrillReport> {
  const watch = startStopwatch();
  const made: Msr[] = [];
  const make = async (name: string, topics?: readonly string[]): Promise<Msr> => {
    const shared = topics === undefined ? {} : { topics };
    const msr = await bed.createMsr({ name, tasks: 2, jobs: false, ...shared });
    made.push(msr);
    return msr;
  };
  try {
    const name = `drill${options.seed}`;
    const msr = await watch.step('set up MSR', () => make(name));
    const peer =
      options.disaster === 'zone'
        ? await watch.step('set up the other zone', () => make(`${name}b`, msr.topics))
        : undefined;
    return await drillOn({ bed, msr, peer, options, watch });
  } finally {
    for (const msr of made) await msr.drop();
  }
}

interface Scene {
  readonly bed: BedHandle;
  readonly msr: Msr;
  readonly peer: Msr | undefined;
  readonly options: DrillOptions<DatabaseDisaster>;
  readonly watch: Stopwatch;
}

async function drillOn(scene: Scene): Promise<DrillReport> {
  const { bed, msr, peer, options, watch } = scene;
  const { step } = watch;
  const old = await step('history', () => writeHistory(bed, msr, options));
  if (peer !== undefined) await step('the same in the other zone', () => age(bed, peer, options.events));
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
    const env = { ...msr.env(options.vault), ...(peer === undefined ? {} : zonesOf(peer)) };
    const backup = await step('backup', () => runMsr(BACKUP, env));
    await step('more events', () => delay(3_000));
    const struck = await step('disaster', () => strike(options.disaster, { bed, msr, producer, peer }));
    say(struck.said);
    // 2: right, and not green, since something is set aside.
    const recovery = await step('recovery', () => runMsr(['recover', '--yes', ...struck.flags], env, [2]));
    await step('after the recovery', () => delay(1_000));
    const lastNumber = await producer.stop();
    const dropped = struck.maintained ? old : 0;
    await step('sink catches up', () => waitForSink(msr, lastNumber - dropped - struck.leftOut.length));
    const seen = await look({ ...scene, env, struck, recovery, dropped, lastNumber });
    return conclude({
      ...scene,
      ...{ struck, dropped, asleep, lastNumber, backup, recovery, seen, monitor, producer },
    });
  } finally {
    await producer.stop().catch(() => undefined);
    await monitor.stop();
  }
}

interface Recovered extends Scene {
  readonly env: Readonly<Record<string, string>>;
  readonly struck: Struck;
  readonly recovery: CommandResult;
  /** How many maintenance must have dropped. */
  readonly dropped: number;
  readonly lastNumber: number;
}

/** What the databases hold, counted while each was live. */
interface Seen extends Pick<Observed, 'proof' | 'verdict' | 'setAside' | 'undone' | 'faults'> {
  readonly sleeping: readonly string[];
}

async function look(recovered: Recovered): Promise<Seen> {
  const { msr, options, struck, recovery, dropped, lastNumber, watch } = recovered;
  const { leftOut, verdict, procedure } = struck;
  const told = recoveryReport.parse(recovery.document);
  const proof = await proveByNumbers(msr, { lastNumber, predictedThrough: dropped, gone: leftOut });
  const { recoveryId } = told;
  const setAside = await readSetAside(msr, { vault: options.vault, recoveryId, expected: leftOut });
  const sleeping = await sleepingJobs(msr);
  const faults = [
    ...(told.procedure === procedure ? [] : [`the recovery was ${told.procedure}, not ${procedure}`]),
    ...((await struck.faults?.('recovered', lastNumber)) ?? []),
  ];
  const { undone, faults: others } = await watch.step('undo', () => undo(recovered, recoveryId));
  return { verdict, proof, setAside, sleeping, undone, faults: [...faults, ...others] };
}

/**
 * Back to the database of before: nothing was ever dropped from it but by the disaster, and the sink
 * brings what it has missed.
 */
async function undo(
  { msr, struck, env, lastNumber }: Recovered,
  recoveryId: string,
): Promise<Pick<Seen, 'undone' | 'faults'>> {
  const { missingAfterUndo: gone } = struck;
  if (gone === undefined) return { undone: undefined, faults: await refusedUndo(env, recoveryId) };
  const { document } = await runMsr(['recover', '--undo', recoveryId, '--yes'], env, [1, 2]);
  const { verdict } = z.object({ verdict: z.string() }).parse(document);
  await waitForSink(msr, lastNumber - gone.length);
  const undone = await proveByNumbers(msr, { lastNumber, predictedThrough: 0, gone });
  const faults = verdict === struck.undoVerdict ? [] : [`the undo says: ${verdict}`];
  return { undone, faults: [...faults, ...((await struck.faults?.('undone', lastNumber)) ?? [])] };
}

interface Evidence extends Scene {
  readonly struck: Struck;
  readonly dropped: number;
  /** The jobs that slept before the backup. */
  readonly asleep: readonly string[];
  readonly lastNumber: number;
  readonly backup: CommandResult;
  readonly recovery: CommandResult;
  readonly seen: Seen;
  readonly monitor: SinkMonitor;
  readonly producer: LiveProducer;
}

function conclude(evidence: Evidence): DrillReport {
  const { bed, options, dropped, lastNumber, backup, recovery, seen, monitor, producer } = evidence;
  const { proof, sleeping, ...others } = seen;
  const told = recoveryReport.parse(recovery.document);
  const phases = countPhases(phasesOf(evidence, told.steps), producer.acknowledged);
  const pause = ({ startedAt, endedAt }: CommandResult): number =>
    longestPause(pausesOf(monitor.changes, startedAt, endedAt), endedAt);
  return reportOf(
    {
      ...{ bed, disaster: options.disaster, seed: options.seed, told, proof },
      ...{ produced: lastNumber, predictedLost: dropped, lostWithKafka: 0 },
      predictedLeftOut: others.setAside.expected.length,
      pauses: { backupSeconds: pause(backup), recoverySeconds: pause(recovery) },
      ...{ steps: evidence.watch.steps, phases },
    },
    { ...others, proof, jobs: { before: evidence.asleep, after: sleeping }, thin: thinPhases(phases) },
  );
}

/** The stretches that a careless recovery loses or doubles events in. */
function phasesOf({ struck, backup, recovery, monitor }: Evidence, steps: RecoveryReport['steps']): Phase[] {
  const [pause] = pausesOf(monitor.changes, backup.startedAt, backup.endedAt);
  const stopped = {
    name: "the backup's pause",
    from: pause?.from ?? backup.startedAt,
    to: pause?.to ?? backup.startedAt,
  };
  // A live database that is repaired is neither restored nor replaced.
  if (!struck.maintained)
    return [stopped, { name: 'recovery', from: recovery.startedAt, to: recovery.endedAt }];
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
    stopped,
    ...span('restore'),
    ...span('replay'),
    { name: 'the time between replay end and resume', from: replayEnd, to: resumedAt },
  ];
}
