import type { LogRecord } from '../consumer-groups/log-record.ts';
import { connectOf } from '../doctor/doctor-context.ts';
import { look, seenOf } from '../doctor/look.ts';
import { withSecretReferences } from '../sink/connector-references.ts';
import { rulesHash } from '../sink/sink-changes.ts';
import type { SeenSink } from '../sink/sink-history.ts';
import { lagsNow } from './all-checks.ts';
import { given, type HealthContext } from './health-context.ts';
import type { DayPoint, HealthRecord } from './health-record.ts';
import type { HealthReport } from './health-report.ts';
import { lockRecord } from './judge-sink-frozen.ts';
import { keptStarts } from './replayable.ts';
import { logRecord, sumOf } from './sink-lag.ts';

/** What a run saw beside its results, as far as it could. */
export interface Observation {
  readonly log: HealthRecord['log'];
  readonly starts: HealthRecord['starts'] | undefined;
  readonly sink: { readonly connector: string; readonly hash: string } | undefined;
  readonly lock: HealthRecord['lock'];
  readonly logEnd: number | null;
  /** The sink with all that one configuration was there for; undefined: it was not to be seen. */
  readonly sighting: SeenSink | undefined;
  /** What the checks themselves want the next run to know. */
  readonly keep: Partial<Pick<HealthRecord, 'zones' | 'artifacts' | 'damaged' | 'restarted'>>;
}

/** Asks nothing that the checks have not asked, but for the sink's configuration. */
export async function observe(ctx: HealthContext): Promise<Omit<Observation, 'keep'>> {
  const log = seenOf(await look(ctx.looks.log));
  const lags = seenOf(await look(() => lagsNow(ctx)));
  const ends = seenOf(log?.ends);
  const lock = await look(ctx.looks.lock);
  const sink = seenOf(await look(() => sinkNow(ctx)));
  const record = log === undefined ? undefined : logRecord(log, lags, ctx.now);
  return {
    log: record,
    starts:
      ends === undefined
        ? undefined
        : keptStarts(ctx.latest?.starts ?? [], { ...ends, settings: seenOf(log?.settings) ?? [] }, ctx.now),
    sink: sink && { connector: sink.connector, hash: sink.hash },
    lock: lockRecord(seenOf(lock), ctx),
    logEnd: ends === undefined ? null : sumOf(ends.end),
    sighting: sink && record && (await sightingOf(ctx, sink, record)),
  };
}

type Sink = Omit<SeenSink, 'sighting'>;

async function sinkNow({ settings }: HealthContext): Promise<Sink> {
  const { sinkConnector: connector } = given(settings.connect);
  return sinkOf(connector, await connectOf(settings).config(connector));
}

function sinkOf(connector: string, config: Readonly<Record<string, string>>): Sink {
  const configuration = withSecretReferences(connector, config);
  return { connector, hash: rulesHash(configuration), configuration };
}

/**
 * Connect was asked before the log, since it says where the sink reads, and now after it: what was seen of
 * the log in between belongs to that configuration alone.
 */
async function sightingOf(ctx: HealthContext, sink: Sink, log: LogRecord): Promise<SeenSink | undefined> {
  const before = seenOf(seenOf(await look(ctx.looks.connect))?.config);
  if (before === undefined || sinkOf(sink.connector, before).hash !== sink.hash) return undefined;
  const topics = log.topics.map(({ name, id, offsets: { committed, end } }) => ({
    name,
    id,
    committed,
    end,
  }));
  return { ...sink, sighting: { at: log.at, topics } };
}

/**
 * The record of a run. What it could not see stays as the last one saw it, with that one's time: after a
 * loss of Kafka it tells what was lost. A run of a few checks leaves what is known of the others. Pure.
 */
export function composeRecord(
  report: HealthReport,
  seen: Observation,
  latest: HealthRecord | undefined,
): HealthRecord {
  const fresh = new Set(report.results.map(({ check }) => check));
  const kept = latest?.results.filter(({ check }) => !fresh.has(check)) ?? [];
  const log = seen.log ?? latest?.log;
  const sink = sinkRecord(seen.sink, report.at, latest?.sink);
  const { lock } = seen;
  const restarted = seen.keep.restarted ?? latest?.restarted;
  return {
    ...report,
    results: [...report.results, ...kept],
    ...(log === undefined ? {} : { log }),
    ...(sink === undefined ? {} : { sink }),
    ...(lock === undefined ? {} : { lock }),
    ...(restarted === undefined ? {} : { restarted }),
    zones: seen.keep.zones ?? latest?.zones ?? {},
    artifacts: seen.keep.artifacts ?? latest?.artifacts ?? {},
    damaged: seen.keep.damaged ?? latest?.damaged ?? {},
    starts: seen.starts ?? latest?.starts ?? [],
    day: dayAfter(latest?.day ?? [], pointOf(report, seen), report.at),
  };
}

function sinkRecord(
  seen: Observation['sink'],
  at: string,
  before: HealthRecord['sink'],
): HealthRecord['sink'] {
  if (seen === undefined) return before;
  if (before?.hash === seen.hash && before.connector === seen.connector) return { ...before, lastSeen: at };
  const otherUntil = before?.connector === seen.connector ? before.lastSeen : null;
  return { ...seen, seenSince: at, lastSeen: at, otherUntil };
}

const DAY_MS = 86_400_000;
/** Nearer points make a chart no better. */
const APART_MS = 4 * 60_000;

function dayAfter(day: readonly DayPoint[], point: DayPoint, at: string): DayPoint[] {
  const now = Date.parse(at);
  const kept = day.filter((known) => {
    const age = now - Date.parse(known.at);
    return age > 0 && age <= DAY_MS;
  });
  const last = kept.at(-1);
  return last !== undefined && now - Date.parse(last.at) < APART_MS ? kept : [...kept, point];
}

function pointOf({ at, values }: HealthReport, { logEnd }: Pick<Observation, 'logEnd'>): DayPoint {
  return {
    at,
    lagMessages: values.SinkLagMessages ?? null,
    lagSeconds: values.SinkLagSeconds ?? null,
    eventAgeSeconds: values.NewestEventAgeSeconds ?? null,
    logEnd,
  };
}
