import type { Snapshot, Tag } from '@aws-sdk/client-ec2';
import { describeError } from '../../../core/operator-error.ts';
import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import type { BackupContext } from '../../backup-context.ts';
import type { EbsOptions } from '../options.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import { copySnapshot } from './copy-snapshot.ts';
import { describeSnapshots, EbsSnapshotError, ec2Client, snapshotFacts, tagOf } from './ec2-snapshots.ts';
import { filterBy, regionsOf, removeTagged, tagsOf } from './own-snapshots.ts';
import { isPassing } from './passing-errors.ts';
import { type CopyFacts, decideSettlement, type SettlementDecision } from './snapshots-decision.ts';

export interface SettleRequest {
  readonly backupId: string;
  readonly cutAt: Date;
  readonly volumes: EbsVolumes;
}

export type EbsSettlement =
  | { readonly kind: 'pending'; readonly percent: number }
  | { readonly kind: 'settled'; readonly volumes: EbsVolumes };

/**
 * One look at the snapshots of a backup and at their copies; starts copies where their snapshots are complete. What
 * EC2 cannot answer just now is asked again.
 * @throws EbsSnapshotError where one failed or is gone, or readyMinutes after the cut
 */
export async function settleSnapshots(
  ctx: BackupContext,
  options: EbsOptions,
  request: SettleRequest,
): Promise<EbsSettlement> {
  const ageMs = Date.now() - request.cutAt.getTime();
  try {
    return await settleOnce(ctx, options, { ...request, ageMs });
  } catch (error) {
    if (!isPassing(error) || ageMs > options.readyMinutes * 60_000) throw error;
    ctx.progress.note(`EC2 does not answer for the moment: ${describeError(error)}`);
    return { kind: 'pending', percent: 0 };
  }
}

async function settleOnce(
  ctx: BackupContext,
  options: EbsOptions,
  { backupId, volumes, ageMs }: SettleRequest & { readonly ageMs: number },
): Promise<EbsSettlement> {
  const tags = await tagsOf(ctx, options, backupId);
  const ids = volumes.snapshots.map(({ snapshotId }) => snapshotId);
  const decision = decideSettlement({
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
    case 'settled':
      return { kind: 'settled', volumes: await settled(ctx, options, { volumes, tags, ids, ...decision }) };
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

/** A set whose answer was lost has the same tags, and this backup's id: nobody would ever find it as an orphan. */
async function settled(
  ctx: BackupContext,
  options: EbsOptions,
  found: {
    readonly volumes: EbsVolumes;
    readonly tags: readonly Tag[];
    readonly ids: readonly string[];
    readonly copies: readonly string[] | undefined;
  },
): Promise<EbsVolumes> {
  const { volumes, tags, ids, copies } = found;
  await removeTagged(regionsOf(options), tags, new Set([...ids, ...(copies ?? [])])).catch((error: unknown) =>
    ctx.progress.note(describeError(error)),
  );
  if (options.copyTo === undefined || copies === undefined) return volumes;
  return { ...volumes, copies: { region: options.copyTo.region, snapshotIds: [...copies] } };
}

function givenUp(
  decision: Extract<SettlementDecision, { kind: 'failed' | 'overdue' }>,
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
