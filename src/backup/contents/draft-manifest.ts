import type { BackupContext } from '../../baselines/backup-context.ts';
import type { SnapshotSession } from '../../baselines/snapshot-session.ts';
import type { Baseline } from '../../baselines/strategy.ts';
import type { TopicOverrides } from '../../clients/kafka/kafka-topics.ts';
import { tailsIfReadable } from '../../clients/kafka/log-tail.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { StrategyName } from '../../core/strategy-name.ts';
import { timed } from '../../core/timed.ts';
import { together } from '../../core/together.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { SinkCut } from '../cut/cut.ts';
import type { BackupClients, Preflight } from '../preflight/preflight.ts';
import { describeSnapshot } from './describe-snapshot.ts';
import { buildManifest } from './manifest-of-cut.ts';

export interface DraftRequest {
  readonly id: string;
  readonly checked: Preflight;
  readonly cut: SinkCut;
  readonly snapshot: SnapshotSession;
  readonly strategy: StrategyName;
  readonly baseline: Baseline;
}

/**
 * Completes the baseline of one snapshot and describes it, side by side.
 * @returns the manifest, which is still to be written
 * @throws what the strategy throws while it completes its baseline
 */
export async function draftManifest(
  ctx: BackupContext,
  { connect, kafka, reader }: BackupClients,
  request: DraftRequest,
): Promise<Manifest> {
  const { id, checked, cut, snapshot, strategy } = request;
  const connectors = await connect.configs();
  // What is before the cut stays as it is: it is read while the sink runs again.
  const tails = await tailsIfReadable({ kafka, reader }, cut.positions.offsets, ctx);
  const topics = await overridesIfTold(kafka, cut, ctx);
  const completion = { snapshotId: cut.snapshot.id, estimate: checked.estimate };
  const [baseline, facts] = await together(
    ctx.signal,
    (signal) => request.baseline.complete({ ...completion, signal }),
    (signal) => timed(() => describeSnapshot(snapshot, { progress: ctx.progress, signal })),
  );
  const durations = {
    dumpSeconds: baseline.seconds,
    digestSeconds: facts.seconds,
    verifySeconds: baseline.verifySeconds,
  };
  return buildManifest({
    id,
    strategy,
    checked,
    cut,
    baseline,
    connectors,
    tails,
    topics,
    durations,
    facts: facts.result,
  });
}

/** Whoever creates the topics again after a loss of Kafka goes by it; a backup can do without. */
async function overridesIfTold(
  kafka: BackupClients['kafka'],
  { topics }: SinkCut,
  { progress }: Pick<BackupContext, 'progress'>,
): Promise<readonly TopicOverrides[]> {
  try {
    return await kafka.topicOverrides(topics.map(({ name }) => name));
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    progress.note(`the backup does not tell what the topics are set to: ${error.message}`);
    return [];
  }
}
