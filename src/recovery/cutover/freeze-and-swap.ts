import { openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { inTransaction, type Session } from '../../clients/postgres.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { describeError } from '../../core/operator-error.ts';
import { type FreezeResult, type FrozenSink, withFrozenSink } from '../../freeze/freeze.ts';
import { isDatabaseFailure } from '../../live/live-database.ts';
import { forgetMarker, type Marker, readMarkerOf, writeMarker } from '../../live/marker.ts';
import { setPhase } from '../../live/phase.ts';
import { parseSinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import type { StepFreezeDeps } from '../freeze-deps.ts';
import { CannotUndoError } from './cut-over-errors.ts';
import type { OpenDatabase } from './databases.ts';
import { frozenPosition, requireNothingBeyond, type SinkTools, withUncommitted } from './frozen-position.ts';
import { keepLogTails, requireLogOfCutOver } from './log-tails.ts';
import { requireSameTopics } from './same-topics.ts';
import type { SwapDirection } from './swap-decision.ts';

/** The two databases of a swap, and how the live name comes from the one to the other. */
export interface SwapSides {
  readonly returning: OpenDatabase;
  readonly departing: OpenDatabase | { readonly why: string };
  /** The commit point. Ends both sessions. @returns how long the live name was closed, in seconds */
  move(frozen: FrozenSink): Promise<number>;
}

/**
 * Moves the live name back while the sink stands still. Kafka then feeds the database that it comes to from
 * where the sink stood for that one.
 * @returns how long the live name was closed, in seconds
 * @throws CannotUndoError before anything is stopped, where events would be lost or doubled
 */
export async function freezeAndSwap(
  ctx: RecoveryContext,
  deps: StepFreezeDeps,
  direction: SwapDirection,
  { returning, departing, move }: SwapSides,
): Promise<FreezeResult<number>> {
  const connector = ctx.settings.sinkConnector;
  const worker = { isolation: ctx.settings.sinkIsolation };
  const sink = parseSinkConfig(connector, await deps.connect.config(connector), worker);
  const topics = sinkTopics(sink, await deps.kafkaAdmin.listTopics());
  const closers = [returning, ...('why' in departing ? [] : [departing])].map(
    ({ session }) =>
      () =>
        session.end(),
  );
  try {
    const reader = await openKafkaReader(ctx.settings.kafka);
    closers.push(() => reader.close());
    await requireLogOfCutOver(ctx, { kafkaAdmin: deps.kafkaAdmin, reader }, topics);
    const logStart = await deps.kafkaAdmin.logStart(topics);
    const marker = await requireMarker(ctx, returning, direction);
    requireReplayable(marker, { logStart, logEnd: await deps.kafkaAdmin.logEnd(topics) }, direction);
    // A partition that is younger than the marker belongs to it from its first record on.
    const offsets = withUncommitted(marker.offsets, logStart);
    const { connect, kafkaAdmin } = deps;
    const tools = { connect, kafkaAdmin, reader, sink, topics };
    await requireNothingBeyond(ctx, tools, returning.session, offsets);
    await ctx.assertLockHeld();
    const request = { connector, group: sink.group, purpose: 'undo', owner: ctx.recoveryId } as const;
    return await withFrozenSink(
      deps,
      { ...request, whenNotRunning: 'stop', signal: ctx.signal },
      async (frozen) => {
        await requireSameTopics(sink, topics, deps.kafkaAdmin);
        if (!('why' in departing)) {
          await markDeparting(ctx, tools, departing.session, frozen);
        }
        const { recoveryId } = ctx;
        const pending = { recoveryId, offsets, sinkServer: marker.sinkServer };
        await inTransaction(returning.session, () => writeMarker(returning.session, pending, 'pending'));
        await ctx.assertLockHeld();
        return await move(frozen);
      },
    );
  } finally {
    // The swap has ended the sessions itself, or the server has: both are as good.
    for (const close of closers) await close().catch(() => {});
  }
}

async function requireMarker(
  { recoveryId }: RecoveryContext,
  { session }: OpenDatabase,
  { returning, comesFrom }: SwapDirection,
): Promise<Marker> {
  const marker = await readMarkerOf(session, recoveryId);
  if (marker !== undefined) return marker;
  throw new CannotUndoError(`${comesFrom} does not say where the sink stood for it`, {
    hint: `the ${returning} could not be written when it was put aside; a new recovery from a backup is the way back`,
  });
}

/** What the returning database misses must still be in Kafka. Pure. */
export function requireReplayable(
  { offsets }: Pick<Marker, 'offsets'>,
  { logStart, logEnd }: { readonly logStart: Offsets; readonly logEnd: Offsets },
  { returning }: Pick<SwapDirection, 'returning'>,
): void {
  requireWithin(offsets, logEnd, returning);
  const starts = indexOffsets(logStart);
  const known = indexOffsets(offsets);
  const younger = logStart.filter((start) => !known.has(partitionKey(start)));
  const missed = [...offsets, ...younger.map((start) => ({ ...start, offset: 0 }))];
  const lost = missed.find((entry) => entry.offset < (starts.get(partitionKey(entry)) ?? Infinity));
  if (lost === undefined) return;
  const start = starts.get(partitionKey(lost));
  throw new CannotUndoError(
    start === undefined
      ? `the ${returning} was fed from ${partitionKey(lost)}, which the sink does not read any more`
      : `the ${returning} misses events of ${partitionKey(lost)} from ${lost.offset} on, and Kafka begins at ${start}`,
    { hint: 'going back would lose them: stay with what is live, or recover from a backup' },
  );
}

/**
 * An offset beyond the end is of a log that is gone: the sink would wait there, and pass over
 * what is written meanwhile.
 */
function requireWithin(offsets: Offsets, logEnd: Offsets, returning: SwapDirection['returning']): void {
  const ends = indexOffsets(logEnd);
  const beyond = offsets.find((entry) => entry.offset > (ends.get(partitionKey(entry)) ?? entry.offset));
  if (beyond === undefined) return;
  throw new CannotUndoError(
    `the ${returning} was fed up to ${beyond.offset} of ${partitionKey(beyond)}, which ends at ${ends.get(partitionKey(beyond))}: the topic was created anew or truncated`,
    { hint: 'going back would lose events: stay with what is live, or recover from a backup' },
  );
}

/** Marks the way back. A database that cannot be read any more (the reason for an undo) can do without. */
async function markDeparting(
  ctx: RecoveryContext,
  tools: SinkTools,
  session: Session,
  frozen: FrozenSink,
): Promise<void> {
  const { recoveryId, progress } = ctx;
  try {
    const position = await frozenPosition(ctx, tools, session, frozen);
    const sinkServer = (await readMarkerOf(session, recoveryId))?.sinkServer;
    if ('why' in position) {
      // One that names a server says which database is live, until the commit point. That its offsets are old
      // is found before anybody goes back to them (requireNothingBeyond).
      if (sinkServer === undefined) await forgetMarker(session, recoveryId);
      return progress.note(`this cannot be taken back: ${position.why}`);
    }
    await writeMarker(session, { recoveryId, offsets: position.offsets, sinkServer }, 'set');
    // Whatever goes on in this log from here on, the ones before these records belong to it, too.
    await keepLogTails(ctx, tools, position.offsets);
    // It has been live, whatever a broken-off cutover could still note: its replay is over.
    await setPhase(session, recoveryId, 'live');
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    progress.note(
      `this cannot be taken back, since the database put aside cannot be marked: ${describeError(error)}`,
    );
  }
}
