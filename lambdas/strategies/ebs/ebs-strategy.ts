import type { Snapshot, Tag } from '@aws-sdk/client-ec2';
import type { BackupContext } from '../../backup/backup-context.ts';
import type { Baseline, BaselineResult, BaselineStrategy, VolumeFinding } from '../../backup/strategy.ts';
import type { EbsVolumes } from '../../backup/volumes-schema.ts';
import { failpoint } from '../../failpoint.ts';
import { timed } from '../../timed.ts';
import { checkpointAtCut, prepareCheckpoint } from '../checkpoint.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import {
  awaitSnapshots,
  copySnapshots,
  createSnapshots,
  deleteSnapshots,
  describeInstance,
  describeSnapshots,
  EbsSnapshotError,
  ec2Client,
  lockSnapshots,
  snapshotFacts,
  volumesOf,
} from './ec2-snapshots.ts';
import { type EbsOptions, ebsOptions } from './options.ts';
import { discardEbs } from './restore-discard.ts';
import { restoreEbs } from './restore-ebs.ts';
import { judgeSnapshots, selectVolumes } from './select-volumes.ts';

/**
 * Snapshots of all of the database instance's volumes at one instant, while the sink stands still.
 * @param options as `ebsOptions`
 * @throws ZodError
 */
export function ebsStrategy(options: unknown): BaselineStrategy {
  const checked = ebsOptions.parse(options);
  return {
    name: 'ebs',
    dumps: false,
    check: async (_ctx, session) => {
      selectVolumes(await describeInstance(ec2Client(checked.region), checked.instanceId), checked);
      await prepareCheckpoint(session);
    },
    begin: (ctx, backupId) => ebsBaseline(ctx, checked, backupId),
    removeOrphans: (ctx, existing) => removeOrphans(ctx, checked, existing),
    examine: async (volumes) => (volumes.kind === 'ebs' ? await examineSnapshots(volumes) : undefined),
    restore: (request) => restoreEbs(checked, request),
    discard: (request) => discardEbs(checked, request),
  };
}

function ebsBaseline(ctx: BackupContext, options: EbsOptions, backupId: string): Baseline {
  const client = ec2Client(options.region);
  const tags = tagsOf(ctx, options, backupId);
  let taken: readonly Snapshot[] = [];
  return {
    atCut: async ({ fence }) => {
      const wanted = selectVolumes(await describeInstance(client, options.instanceId), options);
      await checkpointAtCut(fence);
      failpoint('create-snapshots.before');
      taken = await createSnapshots(client, options, tags);
      failpoint('create-snapshots.after');
      requireAll(wanted, taken);
    },
    complete: async ({ signal }) => await complete(ctx, options, { taken, tags, signal }),
    // By the tags, so that those are found, too, whose answer was lost; and the copies.
    abandon: () => removeTagged(regionsOf(options), tags),
  };
}

/** EC2 leaves out a volume that was detached meanwhile: such a set is no database. */
function requireAll(wanted: readonly { readonly volumeId: string }[], taken: readonly Snapshot[]): void {
  const missing = wanted.filter(({ volumeId }) => !taken.some(({ VolumeId }) => VolumeId === volumeId));
  if (missing.length === 0) return;
  throw new EbsSnapshotError(
    `EC2 took no snapshot of ${missing.map(({ volumeId }) => volumeId).join(', ')}`,
    { hint: 'was it detached at this very moment? The snapshots of the others are removed' },
  );
}

async function complete(
  ctx: BackupContext,
  options: EbsOptions,
  { taken, tags, signal }: { taken: readonly Snapshot[]; tags: readonly Tag[]; signal: AbortSignal },
): Promise<BaselineResult> {
  const client = ec2Client(options.region);
  const watch = { progress: ctx.progress, signal, deadlineMs: options.readyMinutes * 60_000 };
  const ids = idsOf(taken);
  const { result: volumes, seconds } = await timed(async (): Promise<EbsVolumes> => {
    await awaitSnapshots(client, ids, watch);
    const copies = await copyAway(options, ids, tags, watch);
    if (options.lock !== undefined) await lockSnapshots(client, ids, options.lock);
    const { volumes: devices } = await describeInstance(client, options.instanceId);
    const { region, instanceId } = options;
    const snapshots = await volumesOf(client, taken, devices);
    return { kind: 'ebs', region, instanceId, snapshots, ...(copies === undefined ? {} : { copies }) };
  });
  return { artifacts: [], volumes: [volumes], remarks: [], seconds, verifySeconds: 0 };
}

async function copyAway(
  { region, copyTo }: EbsOptions,
  ids: readonly string[],
  tags: readonly Tag[],
  watch: Parameters<typeof awaitSnapshots>[2],
): Promise<EbsVolumes['copies']> {
  if (copyTo === undefined) return undefined;
  const client = ec2Client(copyTo.region);
  const snapshotIds = await copySnapshots({ region, ids }, { client, kmsKeyId: copyTo.kmsKeyId }, tags);
  await awaitSnapshots(client, snapshotIds, watch);
  return { region: copyTo.region, snapshotIds };
}

async function removeTagged(regions: readonly string[], tags: readonly Tag[]): Promise<void> {
  const wanted = Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  const left: string[] = [];
  for (const region of regions) {
    const client = ec2Client(region);
    const made = await describeSnapshots(client, { tags: wanted });
    left.push(...(await deleteSnapshots(client, idsOf(made))));
  }
  if (left.length > 0) throw stayed(left);
}

function regionsOf({ region, copyTo }: EbsOptions): string[] {
  return [region, ...(copyTo === undefined ? [] : [copyTo.region])];
}

/** A snapshot whose backup has no manifest belongs to nobody, and costs all the same. */
async function removeOrphans(
  ctx: BackupContext,
  options: EbsOptions,
  existing: ReadonlySet<string>,
): Promise<void> {
  const own = {
    [SnapshotTag.instance]: instanceOf(ctx, options),
    [SnapshotTag.vault]: vaultOf(ctx),
  };
  for (const region of regionsOf(options)) {
    const client = ec2Client(region);
    const orphans = (await describeSnapshots(client, { tags: own })).filter(({ Tags = [] }) => {
      const backup = Tags.find(({ Key }) => Key === SnapshotTag.backup)?.Value;
      // Without one it is nobody's backup, aborted or not: an operator's own snapshot, say.
      return backup !== undefined && !existing.has(backup);
    });
    if (orphans.length === 0) continue;
    ctx.progress.note(`removing the snapshots ${idsOf(orphans).join(', ')}, which no backup has`);
    const left = await deleteSnapshots(client, idsOf(orphans));
    // They cost money, not data: the backup goes on.
    if (left.length > 0) ctx.progress.note(stayed(left).message);
  }
}

/** Nobody can read a snapshot without a volume made from it. */
async function examineSnapshots({ region, snapshots, copies }: EbsVolumes): Promise<VolumeFinding> {
  const places = [
    { region, ids: snapshots.map(({ snapshotId }) => snapshotId) },
    ...(copies === undefined ? [] : [{ region: copies.region, ids: copies.snapshotIds }]),
  ];
  for (const { region: place, ids } of places) {
    const found = await describeSnapshots(ec2Client(place), { ids });
    const state = judgeSnapshots(ids, snapshotFacts(found));
    if (state.kind === 'failed') return { outcome: 'damaged', fact: `in ${place} ${state.fact}` };
    if (state.kind === 'pending') return { outcome: 'damaged', fact: `in ${place} they are not complete` };
  }
  const count = places.reduce((sum, { ids }) => sum + ids.length, 0);
  const fact = `${count} snapshots are there and complete; what they hold only a restore (a drill) proves`;
  return { outcome: 'intact', fact };
}

function tagsOf(ctx: BackupContext, options: EbsOptions, backupId: string): Tag[] {
  return [
    { Key: 'Name', Value: `msr ${backupId}` },
    { Key: SnapshotTag.instance, Value: instanceOf(ctx, options) },
    { Key: SnapshotTag.backup, Value: backupId },
    { Key: SnapshotTag.vault, Value: vaultOf(ctx) },
  ];
}

function instanceOf({ settings }: BackupContext, { instance }: EbsOptions): string {
  return instance ?? settings.sinkConnector;
}

function vaultOf({ vault }: BackupContext): string {
  // EC2 takes 256 characters; the end tells vaults apart.
  return vault.url.replace(/\?.*$/, '').slice(-256);
}

function idsOf(snapshots: readonly Snapshot[]): string[] {
  return snapshots.flatMap(({ SnapshotId }) => SnapshotId ?? []);
}

function stayed(left: readonly string[]): EbsSnapshotError {
  return new EbsSnapshotError(`snapshots of a backup that does not exist stay behind: ${left.join(', ')}`, {
    hint: 'the next backup tries to delete them again; a locked one lies until its lock ends',
  });
}
