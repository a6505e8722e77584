import type { Snapshot, Tag } from '@aws-sdk/client-ec2';
import { describeError } from '../../../core/operator-error.ts';
import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import type { BackupContext } from '../../backup-context.ts';
import type { FollowedVolumes, TakenVolumes } from '../../volumes-handler.ts';
import type { EbsOptions } from '../options.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import { copySnapshot } from './copy-snapshot.ts';
import { describeSnapshots, EbsSnapshotError, ec2Client, snapshotFacts, tagOf } from './ec2-snapshots.ts';
import { filterBy, regionsOf, removeTagged, tagsOf } from './own-snapshots.ts';
import { isPassing } from './passing-errors.ts';
import { type CopyFacts, decideOnSnapshots, type SnapshotsDecision } from './snapshots-decision.ts';

/**
 * One look at the snapshots of a backup and at their copies; starts copies where their snapshots are
 * complete. What EC2 cannot answer just now is asked again.
 * @throws EbsSnapshotError where one failed or is gone, or readyMinutes after the cut
 */
export async function followSnapshots(
  ctx: BackupContext,
  options: EbsOptions,
  taken: TakenVolumes<EbsVolumes>,
): Promise<FollowedVolumes<EbsVolumes>> {
  const ageMs = Date.now() - taken.cutAt.getTime();
  try {
    return await lookOnce(ctx, options, taken, ageMs);
  } catch (error) {
    if (!isPassing(error) || ageMs > options.readyMinutes * 60_000) throw error;
    ctx.progress.note(`EC2 does not answer for the moment: ${describeError(error)}`);
    return { kind: 'pending', percent: 0 };
  }
}

async function lookOnce(
  ctx: BackupContext,
  options: EbsOptions,
  { backupId, volumes }: TakenVolumes<EbsVolumes>,
  ageMs: number,
): Promise<FollowedVolumes<EbsVolumes>> {
  const tags = await tagsOf(ctx, options, backupId);
  const ids = volumes.snapshots.map(({ snapshotId }) => snapshotId);
  const decision = decideOnSnapshots({
    wanted: ids,
    snapshots: snapshotFacts(await describeSnapshots(ec2Client(volumes.region), { ids })),
    copies: await copiesOf(options, tags),
    ageMs,
    readyMs: options.readyMinutes * 60_000,
  });
  switch (decision.kind) {
    case 'failed':
    case 'overdue':
      throw givenUp(decision, options);
    case 'pending':
      for (const id of decision.startCopies) await copySnapshot(options, id, tags);
      return { kind: 'pending', percent: decision.percent };
    case 'completed':
      await removeOthers(ctx, options, tags, [...ids, ...(decision.copies ?? [])]);
      return { kind: 'completed', volumes: withCopies(volumes, options, decision.copies) };
  }
}

async function copiesOf(
  { copyTo }: EbsOptions,
  tags: readonly Tag[],
): Promise<readonly CopyFacts[] | undefined> {
  if (copyTo === undefined) return undefined;
  return copyFacts(await describeSnapshots(ec2Client(copyTo.region), filterBy(tags)));
}

function copyFacts(snapshots: readonly Snapshot[]): CopyFacts[] {
  return snapshots.flatMap((snapshot) => {
    const copyOf = tagOf(snapshot, SnapshotTag.copyOf);
    if (copyOf === undefined) return [];
    const startedAt = snapshot.StartTime?.toISOString() ?? '';
    return snapshotFacts([snapshot]).map((facts) => ({ ...facts, copyOf, startedAt }));
  });
}

/**
 * A set whose answer was lost has the same tags, and this backup's id: nobody would
 * ever find it as an orphan.
 */
async function removeOthers(
  ctx: BackupContext,
  options: EbsOptions,
  tags: readonly Tag[],
  own: readonly string[],
): Promise<void> {
  await removeTagged(regionsOf(options), tags, new Set(own)).catch((error: unknown) =>
    ctx.progress.note(describeError(error)),
  );
}

function withCopies(
  volumes: EbsVolumes,
  { copyTo }: EbsOptions,
  copies: readonly string[] | undefined,
): EbsVolumes {
  if (copyTo === undefined || copies === undefined) return volumes;
  return { ...volumes, copies: { region: copyTo.region, snapshotIds: [...copies] } };
}

function givenUp(
  decision: Extract<SnapshotsDecision, { kind: 'failed' | 'overdue' }>,
  { readyMinutes }: EbsOptions,
): EbsSnapshotError {
  if (decision.kind === 'failed') {
    return new EbsSnapshotError(decision.fact, {
      hint: 'the snapshots of this backup are removed; the events of EC2 say more',
    });
  }
  return new EbsSnapshotError(
    `the snapshots ${decision.ids.join(', ')} are not complete ${readyMinutes} min after the cut`,
    {
      hint: 'raise readyMinutes in the options of the strategy: a first snapshot of large volumes takes hours',
    },
  );
}
