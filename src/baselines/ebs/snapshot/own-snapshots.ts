import type { Tag } from '@aws-sdk/client-ec2';
import { vaultIdentity } from '../../../vault/vault-identity.ts';
import type { BackupContext } from '../../backup-context.ts';
import type { EbsOptions } from '../options.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import {
  deleteSnapshots,
  describeSnapshots,
  EbsSnapshotError,
  ec2Client,
  idsOf,
  tagOf,
} from './ec2-snapshots.ts';

/** The tags of a backup's snapshots and of their copies. They find those, too, whose answer was lost. */
export async function tagsOf(ctx: BackupContext, options: EbsOptions, backupId: string): Promise<Tag[]> {
  return [
    { Key: 'Name', Value: `msr ${backupId}` },
    { Key: SnapshotTag.backup, Value: backupId },
    ...Object.entries(await ownTags(ctx, options)).map(([Key, Value]) => ({ Key, Value })),
  ];
}

/** The filter by which describeSnapshots looks for these tags. */
export function filterBy(tags: readonly Tag[]): { readonly tags: Readonly<Record<string, string>> } {
  return { tags: Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])) };
}

export function regionsOf({ region, copyTo }: EbsOptions): string[] {
  return [...new Set([region, ...(copyTo === undefined ? [] : [copyTo.region])])];
}

/**
 * Deletes what carries all of the tags.
 * @param keep ids that stay
 * @throws EbsSnapshotError naming what could not be deleted
 */
export async function removeTagged(
  regions: readonly string[],
  tags: readonly Tag[],
  keep: ReadonlySet<string> = new Set(),
): Promise<void> {
  const left: string[] = [];
  for (const region of regions) {
    const client = ec2Client(region);
    const made = idsOf(await describeSnapshots(client, filterBy(tags)));
    const unwanted = made.filter((id) => !keep.has(id));
    left.push(...(await deleteSnapshots(client, unwanted)));
  }
  if (left.length > 0) throw stayed(left);
}

/**
 * A snapshot of this database and vault whose backup has no manifest belongs to
 * nobody, and costs all the same.
 */
export async function removeOrphans(
  ctx: BackupContext,
  options: EbsOptions,
  existing: ReadonlySet<string>,
): Promise<void> {
  const tags = await ownTags(ctx, options);
  for (const region of regionsOf(options)) {
    const client = ec2Client(region);
    const own = await describeSnapshots(client, { tags });
    const orphans = own.filter((snapshot) => {
      const backup = tagOf(snapshot, SnapshotTag.backup);
      // A snapshot without the tag is nobody's backup, aborted or not: an operator's own, say.
      return backup !== undefined && !existing.has(backup);
    });
    if (orphans.length === 0) continue;
    ctx.progress.note(`removing the snapshots ${idsOf(orphans).join(', ')}, which no backup has`);
    const left = await deleteSnapshots(client, idsOf(orphans));
    // They cost money, not data: the backup goes on.
    if (left.length > 0) ctx.progress.note(stayed(left).message);
  }
}

/**
 * Each of them differs where two databases share an account: names of sinks and paths of
 * vaults are often the same.
 */
async function ownTags(
  { settings, vault }: BackupContext,
  { instance, instanceId }: EbsOptions,
): Promise<Record<string, string>> {
  return {
    [SnapshotTag.instance]: instance ?? settings.sinkConnector,
    [SnapshotTag.source]: instanceId,
    // EC2 takes 256 characters; the end tells vaults apart.
    [SnapshotTag.vault]: (await vaultIdentity(vault)).slice(-256),
  };
}

function stayed(left: readonly string[]): EbsSnapshotError {
  return new EbsSnapshotError(`snapshots of a backup that does not exist stay behind: ${left.join(', ')}`, {
    hint: 'the next backup tries to delete them again; a locked one lies until its lock ends',
  });
}
