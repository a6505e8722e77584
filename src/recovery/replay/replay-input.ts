import type { ConnectClient } from '../../clients/connect.ts';
import { withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { LogTails } from '../../clients/kafka/log-tail.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import { readSinkHistory, type SinkHistory } from '../../sink/sink-history.ts';
import type { Vault } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { readRecoveryDocument } from '../documents.ts';
import { type Course, STRAIGHT, startOf } from '../plan/course.ts';
import type { LeaveOut } from '../plan/leave-out.ts';
import { planSchema } from '../plan/plan.ts';
import { changesSince, configurationAtCut, type Reading, rulesDigest, stagesOf } from '../plan/reading.ts';
import type { SinkStage } from '../plan/reading-tools.ts';
import { replayStart } from './replay-start.ts';
import type { ReplayOverlap } from './replayer.ts';

/** What a replayer is opened with. */
export interface ReplayInput {
  /** As it is today. */
  readonly sink: SinkConfig;
  /** Who wrote the first records after the cut, oldest first; today's sink wrote the others. */
  readonly before: readonly SinkStage[];
  readonly start: Offsets;
  /** Absent: the cut is exact. */
  readonly overlap?: ReplayOverlap;
  /** What the log held before the cut; empty where an earlier msr made the backup. */
  readonly tails: LogTails;
  /** Absent: nothing. */
  readonly leaveOut?: LeaveOut;
}

/** The sink's configuration is not the one that was planned with. Nothing more was replayed. */
class SinkChangedError extends OperatorError {
  override readonly name = 'SinkChangedError';
}

/**
 * The sink's configuration as it is now, those before it where the plan has changes of it, and where the
 * replay of its topics begins.
 * @throws OperatorError where the replayer does not understand the sink, or a topic is gone; SinkChangedError
 */
export async function readReplayInput(
  ctx: Pick<RecoveryContext, 'settings' | 'vault' | 'recoveryId'>,
  connect: ConnectClient,
  manifest: Manifest,
): Promise<ReplayInput> {
  const { settings, vault, recoveryId } = ctx;
  const configuration = await connect.config(settings.sinkConnector);
  const plan = await readRecoveryDocument(vault, recoveryId, 'plan', planSchema);
  requirePlanned(manifest, configuration, plan?.reading);
  const worker = { isolation: plan?.reading?.isolation ?? settings.sinkIsolation };
  const sink = parseSinkConfig(settings.sinkConnector, configuration, worker);
  const before = await sinksBefore(vault, manifest, plan?.reading, worker);
  return await withKafkaAdmin(settings.kafka, async (admin) => {
    const topics = await admin.describeTopics(sinkTopics(sink, await admin.listTopics()));
    const course = plan?.course ?? STRAIGHT;
    const start = startOf(replayStart(manifest.cut, topics), course);
    const { leaveOut } = course;
    const tails = tailsOf(manifest.cut, course);
    const overlap = overlapOf(manifest.cut, before[0]?.until);
    const ways = { ...(overlap && { overlap }), ...(leaveOut && { leaveOut }) };
    return { sink, before, start, tails, ...ways };
  });
}

/**
 * Pure.
 * @param boundary up to where the sink of then wrote; undefined: it was today's
 * @throws OperatorError where the sink was changed within the overlap
 */
export function overlapOf(
  { overlap }: Pick<Manifest['cut'], 'overlap'>,
  boundary: Offsets | undefined,
): ReplayOverlap | undefined {
  if (overlap === undefined) return undefined;
  const changed = boundary && indexOffsets(boundary);
  const within = overlap.until.find(
    (end) => changed !== undefined && end.offset > (changed.get(partitionKey(end)) ?? 0),
  );
  if (within !== undefined) {
    throw new OperatorError(
      `${partitionKey(within)}: the sink was changed while the backup was taken without a pause, before offset ${within.offset}`,
      { hint: 'name a later time with --sink-changed-at, or recover from another backup' },
    );
  }
  return {
    until: overlap.until,
    twins: new Map(overlap.twins.map(({ hash, count }) => [BigInt(hash), count])),
  };
}

/** What stood before the cut says nothing of a log that begins behind it, or anew. */
function tailsOf({ tails = [] }: Manifest['cut'], { starts }: Course): LogTails {
  const elsewhere = new Set(starts.map(partitionKey));
  return tails.filter((tail) => !elsewhere.has(partitionKey(tail)));
}

/**
 * A replay goes by what was approved: what the operator did not see at the plan is not guessed here.
 * Pure.
 * @param reading of the plan; undefined: an earlier msr made it, or nobody
 * @throws SinkChangedError
 */
export function requirePlanned(
  manifest: Pick<Manifest, 'sink' | 'connectors'>,
  configuration: Readonly<Record<string, string>>,
  reading: Reading | undefined,
): void {
  if (reading?.rules === rulesDigest(configuration)) return;
  // Hand-made backups, and plans of an earlier msr.
  const changes = configurationAtCut(manifest) === undefined ? [] : changesSince(manifest, configuration);
  if (reading === undefined && changes.length === 0) return;
  const what = changes.length === 0 ? '' : `; against the backup: ${changes.join('; ')}`;
  throw new SinkChangedError(`the sink's configuration is not the one that was planned with${what}`, {
    hint: 'run `msr recover` again: the plan shows what has changed, and with --sink-changed-at since when',
  });
}

/** @throws OperatorError where nobody has kept the configuration that the plan names */
async function sinksBefore(
  vault: Vault,
  manifest: Manifest,
  reading: Reading | undefined,
  worker: { readonly isolation: Reading['isolation'] },
): Promise<SinkStage[]> {
  const { connector } = manifest.sink;
  const stages = stagesOf(reading ?? {});
  const isBetween = stages.some(({ by }) => by !== undefined);
  const history = isBetween ? await readSinkHistory(vault, connector) : undefined;
  return stages.flatMap(({ by, offsets }) => {
    const config = by === undefined ? configurationAtCut(manifest) : configurationOf(history, by);
    return config === undefined ? [] : [{ sink: parseSinkConfig(connector, config, worker), until: offsets }];
  });
}

function configurationOf(history: SinkHistory | undefined, hash: string) {
  const period = history?.periods.find((each) => each.hash === hash);
  if (period !== undefined) return period.configuration;
  throw new OperatorError(`the sink's history no longer holds the configuration ${hash.slice(0, 12)}`, {
    hint: 'run `msr recover` again: it plans with what is known now',
  });
}
