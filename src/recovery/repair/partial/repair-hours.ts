import { openKafkaReader } from '../../../clients/kafka/kafka-reader.ts';
import { openSession, type Session, withSession } from '../../../clients/postgres.ts';
import { together } from '../../../core/together.ts';
import { type FrozenSink, withFrozenSink } from '../../../freeze/freeze.ts';
import type { HourDigest } from '../../../ledger/digest.ts';
import { addDigests } from '../../../ledger/digest-sums.ts';
import type { HourScope } from '../../../ledger/hour-scope.ts';
import { balanceText, type Ledger } from '../../../ledger/ledger.ts';
import { prove } from '../../../ledger/prove.ts';
import { readNoted } from '../../../ledger/read-noted.ts';
import { requireFed } from '../../../live/fed-database.ts';
import { createRecoverySchema } from '../../../live/recovery-schema.ts';
import type { Manifest } from '../../../manifest/manifest.ts';
import { sinkTopics } from '../../../sink/sink-config.ts';
import type { RecoveryContext } from '../../context.ts';
import { NotBalancedError, NotVerifiedError } from '../../cutover/cut-over-errors.ts';
import { frozenPosition, type SinkTools } from '../../cutover/frozen-position.ts';
import { requireSameTopics } from '../../cutover/same-topics.ts';
import { writeRecoveryDocument } from '../../documents.ts';
import type { StepFreezeDeps } from '../../freeze-deps.ts';
import { exportQuarantine } from '../../quarantine/export-quarantine.ts';
import { behindSink } from '../../replay/behind-sink.ts';
import { readPositions } from '../../replay/progress-table.ts';
import { readReplayInput } from '../../replay/replay-input.ts';
import { openReplayer, type Replayer } from '../../replay/replayer.ts';
import { readDigestsByDay } from '../../restore/baseline.ts';
import type { Stopwatch } from '../../restore/steps.ts';
import { requireSameColumns } from './event-rows.ts';
import { prepareScratch, type Scratch } from './scratch.ts';
import { type HourSwap, type Swapped, swapHours } from './swap-hours.ts';

export interface RepairedHours extends Swapped {
  readonly pauseSeconds: number;
  readonly ledger: Ledger;
}

interface Repair {
  readonly manifest: Manifest;
  readonly scope: HourScope;
  readonly scratch: Scratch;
  /** What the live database was seen to hold, at different times: read while the sink ran. */
  readonly seen: readonly HourDigest[];
  readonly live: Session;
  readonly beside: Session;
  readonly replayer: Replayer;
  readonly tools: SinkTools;
}

/**
 * Restores the damaged hours beside, replays what belongs to them, and puts them in the place of the damaged
 * ones while the sink stands still. The sink goes on until then.
 * @param ctx whose databaseUrl names the live database, as a superuser
 * @throws RestNotSoundError, NotBalancedError, NotVerifiedError; what restoring, replaying and freezing throw
 */
export async function repairHours(
  ctx: RecoveryContext,
  deps: StepFreezeDeps,
  {
    manifest,
    scope,
    step,
  }: { readonly manifest: Manifest; readonly scope: HourScope } & Pick<Stopwatch, 'step'>,
): Promise<RepairedHours> {
  await requireFed(ctx.settings, await deps.connect.config(ctx.settings.sinkConnector));
  const [scratch, seen] = await together(
    ctx.signal,
    (signal) =>
      step('restore the damaged hours beside', () => prepareScratch({ ...ctx, signal }, manifest, scope)),
    (signal) => step('digest the live events', () => seeLive({ ...ctx, signal }, manifest)),
  );
  const closers: (() => Promise<void>)[] = [];
  try {
    const repair = await open(ctx, deps, { manifest, scope, scratch, seen }, closers);
    await step('replay what belongs to them', () => replayBehindSink(ctx, deps, repair));
    return await step('replace the damaged hours', () => freezeAndSwap(ctx, deps, repair));
  } finally {
    for (const close of closers.reverse()) await close().catch(() => {});
  }
}

/** Every hour of the live database, a day at a time: nobody waits for it. */
async function seeLive(ctx: RecoveryContext, { digests }: Manifest): Promise<HourDigest[]> {
  const options = { purpose: 'digest live events', restoring: 'off' } as const;
  return await withSession(ctx.settings.databaseUrl, options, (session) =>
    readDigestsByDay(session, digests, ctx),
  );
}

/** Everything slow to open is open before the STOP. */
async function open(
  ctx: RecoveryContext,
  deps: StepFreezeDeps,
  known: Pick<Repair, 'manifest' | 'scope' | 'scratch' | 'seen'>,
  closers: (() => Promise<void>)[],
): Promise<Repair> {
  const { settings, recoveryId } = ctx;
  const { connect, kafkaAdmin } = deps;
  const input = await readReplayInput(ctx, connect, known.manifest);
  const keep = <T>(opened: T, close: (opened: T) => Promise<void>): T => {
    closers.push(() => close(opened));
    return opened;
  };
  const purpose = repairPurpose(recoveryId);
  const live = keep(await openSession(settings.databaseUrl, { purpose, restoring: 'off' }), (s) => s.end());
  await createRecoverySchema(live);
  const beside = keep(await openSession(known.scratch.url, { purpose: 'read hours' }), (s) => s.end());
  const reader = keep(await openKafkaReader(settings.kafka), (r) => r.close());
  const only = known.scope;
  const replayer = keep(await openReplayer(ctx, { targetUrl: known.scratch.url, only, ...input }), (r) =>
    r.close(),
  );
  const topics = sinkTopics(input.sink, await kafkaAdmin.listTopics());
  return {
    ...known,
    live,
    beside,
    replayer,
    tools: { connect, kafkaAdmin, reader, sink: input.sink, topics },
  };
}

/** Shown in pg_stat_activity; by it the session of a run that was killed is found. */
export function repairPurpose(recoveryId: string): string {
  return `repair ${recoveryId}`;
}

/** What is left after a round this short is what the pause can bear. */
const SHORT_ROUND_SECONDS = 2;
const MAX_ROUNDS = 50;

/**
 * Up to where the sink has committed, and never beyond: the live database holds that much, and what is
 * replayed cannot be taken back.
 */
async function replayBehindSink(ctx: RecoveryContext, deps: StepFreezeDeps, repair: Repair): Promise<void> {
  const { replayer, beside, tools } = repair;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    ctx.signal.throwIfAborted();
    const [committed, ends] = [
      await deps.connect.offsets(tools.sink.connector),
      await deps.kafkaAdmin.logEnd(tools.topics),
    ];
    const summary = await replayer.replayTo(behindSink(await readPositions(beside), committed, ends));
    if (summary.dataRecords === 0 || summary.seconds < SHORT_ROUND_SECONDS) return;
  }
}

async function freezeAndSwap(
  ctx: RecoveryContext,
  deps: StepFreezeDeps,
  repair: Repair,
): Promise<RepairedHours> {
  const { tools, live, beside, scope, manifest } = repair;
  const columns = await requireSameColumns(live, beside);
  await ctx.assertLockHeld();
  const { connector, group } = tools.sink;
  const request = { connector, group, purpose: 'repair', owner: ctx.recoveryId } as const;
  const frozen = await withFrozenSink(
    deps,
    { ...request, whenNotRunning: 'stop', signal: ctx.signal },
    async (sink) => {
      await requireSameTopics(tools.sink, tools.topics, deps.kafkaAdmin);
      const { ledger, proven, since } = await replayToSink(ctx, repair, sink);
      const swap: HourSwap = {
        ...{ recoveryId: ctx.recoveryId, backupId: manifest.id, scope, columns, proven },
        rest: { base: manifest.digests, since, live: repair.seen },
        assertLockHeld: ctx.assertLockHeld,
      };
      return { ...(await swapHours(live, beside, swap)), ledger };
    },
  );
  return { ...frozen.result, pauseSeconds: frozen.pauseSeconds };
}

/**
 * The last records, up to exactly what the live database holds of Kafka, and the proof of all of them.
 * @returns `proven`: what backup and Kafka hold of the damaged hours
 *   · `since`: what Kafka holds of all others
 */
async function replayToSink(
  ctx: RecoveryContext,
  { tools, live, beside, replayer, manifest, scope }: Repair,
  frozen: FrozenSink,
): Promise<{ ledger: Ledger; proven: HourDigest[]; since: HourDigest[] }> {
  const position = await frozenPosition(ctx, tools, live, frozen);
  if ('why' in position) {
    throw new NotVerifiedError(`nobody can tell what the live database should hold: ${position.why}`, {
      hint: 'nothing was changed; `msr recover --procedure standard` restores all of it beside',
    });
  }
  await replayer.replayTo(position.offsets);
  const ledger = await prove(beside, { hours: 'all', round: 1 });
  await writeRecoveryDocument(ctx.vault, ctx.recoveryId, 'ledger-repair', ledger);
  ctx.progress.note(
    `ledger: ${ledger.totals.rows} rows in ${ledger.totals.hours} hours of tables, ${balanceText(ledger)}`,
  );
  if (!ledger.balanced) {
    throw new NotBalancedError('what Kafka holds and what was replayed of the damaged hours differ', {
      hint: 'nothing was changed; the evidence is ledger-repair.json of the recovery in the vault',
    });
  }
  // The scratch database goes; what it has set aside is in no other.
  await exportQuarantine(ctx, beside);
  const base = manifest.digests.filter((digest) => scope.has(digest));
  const proven = addDigests(base, await readNoted(beside, 'gained', 1));
  return { ledger, proven, since: await readNoted(beside, 'elsewhere', 1) };
}
