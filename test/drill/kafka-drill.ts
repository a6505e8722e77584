import { setTimeout as delay } from 'node:timers/promises';
import type { BedHandle } from '../bed/bed.ts';
import { withAdmin } from '../bed/kafka.ts';
import type { Msr } from '../bed/msr.ts';
import { resumeSink, sinkStatus, stopSink } from '../bed/sink.ts';
import { GaveUp, waitFor } from '../bed/wait.ts';
import { createTopics } from '../recovery/lost/lose-kafka.ts';
import type { KafkaDisaster } from './disasters.ts';
import {
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
import { dropDatabase, sleepingJobs } from './live-database.ts';
import { type LiveProducer, startLiveProducer } from './live-producer.ts';
import { type CommandResult, msr as runMsr } from './msr-command.ts';
import { type OwnKafka, startOwnKafka } from './own-kafka.ts';
import { type Proof, proveByNumbers } from './proof.ts';
import { type DrillReport, type Observed, reportOf } from './report.ts';

/** Events that stand in Kafka alone when it is lost. */
const WAITING = 500;
/** Not known to be lost: the last health run had not seen them. */
const UNSEEN = 200;

/** What must be lost, by numbers, and what the recovery can know of it. */
interface Prediction {
  readonly lost: readonly number[];
  readonly atLeast: number;
  readonly procedure: string;
  /** Dropped by maintenance, as older than the range. */
  readonly old: number;
}

/**
 * Loses a Kafka of its own, disk and all, and the database with it where both are struck. A source
 * writes again as soon as it finds its topics.
 * @throws where the drill itself cannot go on; a lost event is a report, not an error
 */
export async function runKafkaDrill(
  bed: BedHandle,
  options: DrillOptions<KafkaDisaster>,
): Promise<DrillReport> {
  const watch = startStopwatch();
  const { step } = watch;
  const kafka = await step('start a Kafka that may be lost', () => startOwnKafka(bed));
  try {
    const msr = await step('set up MSR', () =>
      kafka.bed.createMsr({ name: `drill${options.seed}`, tasks: 2, jobs: false }),
    );
    try {
      return await new KafkaDrill(kafka, msr, options, watch).run();
    } finally {
      await msr.drop();
    }
  } finally {
    await kafka.stop();
  }
}

class KafkaDrill {
  readonly #kafka: OwnKafka;
  readonly #msr: Msr;
  readonly #options: DrillOptions<KafkaDisaster>;
  readonly #watch: Stopwatch;
  readonly #env: Readonly<Record<string, string>>;

  constructor(kafka: OwnKafka, msr: Msr, options: DrillOptions<KafkaDisaster>, watch: Stopwatch) {
    this.#kafka = kafka;
    this.#msr = msr;
    this.#options = options;
    this.#watch = watch;
    const password = msr.sinkConfig['connection.password'];
    const secrets = { [msr.connector]: { 'connection.password': password } };
    this.#env = { ...msr.env(options.vault), MSR_CONNECTOR_SECRETS: JSON.stringify(secrets) };
  }

  async run(): Promise<DrillReport> {
    const { step } = this.#watch;
    const old = await step('history', () => writeHistory(this.#kafka.bed, this.#msr, this.#options));
    const jobs = await sleepingJobs(this.#msr);
    await step('backup', () => runMsr(BACKUP, this.#env));
    const prediction = await step('more events', () => this.#writeMore(old));
    const { lost } = prediction;
    say(`${lost.length} events are going to be lost, ${prediction.atLeast} of which a health run has seen`);
    await step('disaster', () => this.#strike());
    const { recovery, lastNumber } = await this.#recover((lost.at(-1) ?? 0) + 1);
    const kept = lastNumber - lost.length - prediction.old;
    await step('sink catches up', () => waitForSink(this.#msr, kept));
    const told = recoveryReport.parse(recovery.document);
    const input = { lastNumber, predictedThrough: prediction.old, gone: lost };
    const seen = {
      ...{ proof: await proveByNumbers(this.#msr, input), told, jobs },
      sleeping: await sleepingJobs(this.#msr),
    };
    const undone = await step('undo', () => this.#undo(told, prediction, lastNumber));
    return this.#report({ ...seen, ...undone, prediction, lastNumber });
  }

  /** A source that must not fail when its topics are gone: it begins as soon as they are there. */
  async #startSource(firstNumber: number, given: AbortSignal): Promise<LiveProducer> {
    // Where both are lost, somebody has made the topics before the recovery begins.
    if (this.#options.disaster === 'both') await createTopics(this.#kafka.bed, this.#msr, 4);
    await waitForTopics(this.#kafka.bed.brokers, this.#msr.topics, given);
    return await this.#produce(firstNumber, this.#options.rate);
  }

  #produce(firstNumber: number, rate: number): Promise<LiveProducer> {
    const { brokers } = this.#kafka.bed;
    const { topics } = this.#msr;
    const { seed } = this.#options;
    return startLiveProducer({ brokers, topics, seed, firstNumber, eventsPerSecond: () => rate });
  }

  /** @returns the last number; there may be a few more than asked for */
  async #write(firstNumber: number, count: number): Promise<number> {
    const producer = await this.#produce(firstNumber, Math.max(this.#options.rate, count));
    await waitFor('the producer to have written enough', () => {
      return producer.acknowledged.reduce((sum, each) => sum + each.events, 0) >= count;
    });
    return await producer.stop();
  }

  async #writeMore(old: number): Promise<Prediction> {
    const { events, rate, disaster } = this.#options;
    const written = await this.#write(events + 1, 2 * rate);
    await waitForSink(this.#msr, written);
    // Kafka alone holds what comes while the sink stands still.
    await stopSink(this.#kafka.bed.connectUrl, this.#msr.connector);
    const waiting = await this.#write(written + 1, WAITING);
    await runMsr(['health'], this.#env, UNHEALTHY);
    if (disaster === 'kafka-loss') {
      const lost = numbers(written + 1, waiting);
      return { lost, atLeast: lost.length, procedure: 'resume-sink', old: 0 };
    }
    const lost = numbers(events + 1, await this.#write(waiting + 1, UNSEEN));
    return { lost, atLeast: waiting - events, procedure: 'cold', old };
  }

  async #strike(): Promise<void> {
    if (this.#options.disaster === 'both') await dropDatabase(this.#msr);
    await this.#kafka.lose();
    say(`${this.#options.disaster}: the broker came back as another cluster, without a topic`);
  }

  /** Recovers while a source writes, from the moment on that it finds its topics. */
  async #recover(firstNumber: number): Promise<{ recovery: CommandResult; lastNumber: number }> {
    const { step } = this.#watch;
    const given = new AbortController();
    const source = this.#startSource(firstNumber, given.signal);
    // Whoever fails first is told; the other one must not go on by itself.
    source.catch(() => undefined);
    try {
      if (this.#options.disaster === 'both') await source;
      const recovery = await step('recovery', () => runMsr(['recover', '--yes'], this.#env, LOSSY));
      const producer = await source;
      await step('after the recovery', () => delay(2_000));
      return { recovery, lastNumber: await producer.stop() };
    } catch (error) {
      given.abort();
      await source.then((producer) => producer.stop()).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Kafka's loss alone: the sink stands still again, as it was found, and nothing is lost by that. Where
   * the database was lost, there is nothing to go back to.
   */
  async #undo(
    { recoveryId }: RecoveryReport,
    { lost: gone }: Prediction,
    lastNumber: number,
  ): Promise<Pick<Observed, 'undone' | 'faults'>> {
    if (this.#options.disaster === 'both')
      return { undone: undefined, faults: await refusedUndo(this.#env, recoveryId) };
    await runMsr(['recover', '--undo', recoveryId, '--yes'], this.#env);
    const { connectUrl } = this.#kafka.bed;
    const { connector } = await sinkStatus(connectUrl, this.#msr.connector);
    const faults = connector.state === 'STOPPED' ? [] : [`after the undo the sink is ${connector.state}`];
    await resumeSink(connectUrl, this.#msr.connector);
    const last = await this.#write(lastNumber + 1, this.#options.rate);
    await waitForSink(this.#msr, last - gone.length);
    const undone = await proveByNumbers(this.#msr, { lastNumber: last, predictedThrough: 0, gone });
    return { undone, faults };
  }

  #report(seen: {
    readonly prediction: Prediction;
    readonly told: RecoveryReport;
    readonly proof: Proof;
    readonly undone: Observed['undone'];
    readonly faults: readonly string[];
    readonly lastNumber: number;
    readonly jobs: readonly string[];
    readonly sleeping: readonly string[];
  }): DrillReport {
    const { prediction, told, proof, undone, lastNumber, jobs, sleeping } = seen;
    const { disaster, seed } = this.#options;
    return reportOf(
      {
        ...{ bed: this.#kafka.bed, disaster, seed, told, proof },
        ...{ produced: lastNumber, predictedLost: prediction.old, lostWithKafka: prediction.lost.length },
        ...{ predictedLeftOut: 0, pauses: null, steps: this.#watch.steps, phases: [] },
      },
      {
        ...{ proof, undone, thin: [], verdict: 'recovered, some lost' },
        setAside: { expected: [], table: [], files: [] },
        jobs: { before: jobs, after: sleeping },
        faults: [...claims(told, prediction), ...seen.faults],
      },
    );
  }
}

/** What the product says of the loss, against what it could know. */
function claims({ procedure, lost }: RecoveryReport, prediction: Prediction): string[] {
  return [
    procedure === prediction.procedure ? [] : [`the recovery was ${procedure}, not ${prediction.procedure}`],
    lost?.events === null ? [] : [`nobody can know how many events are lost, and it says ${lost?.events}`],
    lost?.atLeast === prediction.atLeast
      ? []
      : [`at least ${prediction.atLeast} events are known to be lost, and it says ${lost?.atLeast}`],
  ].flat();
}

/** Recovered, and not green. */
const LOSSY = [2];
/** A sink that stands still is no health. */
const UNHEALTHY = [1];

function numbers(from: number, through: number): number[] {
  return Array.from({ length: through - from + 1 }, (_, index) => from + index);
}

/** @throws GaveUp once nobody waits any more */
async function waitForTopics(
  brokers: readonly string[],
  topics: readonly string[],
  given: AbortSignal,
): Promise<void> {
  await withAdmin(brokers, (admin) =>
    waitFor(
      'the topics to be there again',
      async () => {
        if (given.aborted) throw new GaveUp('the recovery has failed');
        const { topics: known } = await admin.fetchTopicMetadata({ topics: [...topics] });
        return known.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
      },
      { timeoutMs: 180_000, everyMs: 100 },
    ),
  );
}
