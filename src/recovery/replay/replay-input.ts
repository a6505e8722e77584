import type { ConnectClient } from '../../clients/connect.ts';
import { withKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import type { LogTails } from '../../clients/kafka/log-tail.ts';
import { type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import { readRecoveryDocument } from '../documents.ts';
import { type Course, STRAIGHT, startOf } from '../plan/course.ts';
import type { LeaveOut } from '../plan/leave-out.ts';
import { planSchema } from '../plan/plan.ts';
import { changesSince, configurationAtCut, type Reading, rulesDigest } from '../plan/reading.ts';
import { replayStart } from './replay-start.ts';

/** What a replayer is opened with. */
export interface ReplayInput {
  /** As it is today. */
  readonly sink: SinkConfig;
  /** Who wrote the first records after the cut, and up to where; absent: today's sink wrote them, too. */
  readonly before?: { readonly sink: SinkConfig; readonly until: Offsets };
  readonly start: Offsets;
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
 * The sink's configuration as it is now, that of the backup where the plan has a boundary between them, and
 * where the replay of its topics begins.
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
  const before = sinkBefore(manifest, plan?.reading, worker);
  return await withKafkaAdmin(settings.kafka, async (admin) => {
    const topics = await admin.describeTopics(sinkTopics(sink, await admin.listTopics()));
    const course = plan?.course ?? STRAIGHT;
    const start = startOf(replayStart(manifest.cut, topics), course);
    const { leaveOut } = course;
    const tails = tailsOf(manifest.cut, course);
    return { sink, ...(before && { before }), start, tails, ...(leaveOut && { leaveOut }) };
  });
}

/** What stood before the cut says nothing of a log that begins behind it, or anew. */
function tailsOf({ tails = [] }: Manifest['cut'], { starts }: Course): LogTails {
  const elsewhere = new Set(starts.map(partitionKey));
  return tails.filter((tail) => !elsewhere.has(partitionKey(tail)));
}

/**
 * A replay goes by what was approved: what the operator did not see at the plan is not guessed here. Pure.
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

function sinkBefore(
  manifest: Manifest,
  reading: Reading | undefined,
  worker: { readonly isolation: Reading['isolation'] },
): ReplayInput['before'] {
  const config = configurationAtCut(manifest);
  if (reading?.boundary === undefined || config === undefined) return undefined;
  const sink = parseSinkConfig(manifest.sink.connector, config, worker);
  return { sink, until: reading.boundary.offsets };
}
