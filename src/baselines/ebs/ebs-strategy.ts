import type { EC2Client, Snapshot } from '@aws-sdk/client-ec2';
import { failpoint } from '../../core/failpoint.ts';
import { timed } from '../../core/timed.ts';
import type { EbsVolumes, Volumes } from '../../manifest/volumes-schema.ts';
import { vaultIdentity } from '../../vault/vault-identity.ts';
import type { BackupContext } from '../backup-context.ts';
import { checkpointAtCut, prepareCheckpoint } from '../checkpoint.ts';
import type {
  Baseline,
  BaselineResult,
  BaselineStrategy,
  Settlement,
  TakenVolumes,
  VolumeFinding,
} from '../strategy.ts';
import { type EbsOptions, ebsOptions } from './options.ts';
import { discardEbs } from './restore/discard-ebs.ts';
import { restoreEbs } from './restore/restore-ebs.ts';
import {
  createSnapshots,
  deleteSnapshots,
  describeInstance,
  describeSnapshots,
  EbsSnapshotError,
  ec2Client,
  snapshotFacts,
  volumesOf,
  withoutRetries,
} from './snapshot/ec2-snapshots.ts';
import { settleSnapshots } from './snapshot/follow-snapshots.ts';
import { lockVolumes, placesOf } from './snapshot/lock-snapshots.ts';
import { regionsOf, removeOrphans, removeTagged, tagsOf } from './snapshot/own-snapshots.ts';
import { type InstanceFacts, judgeSnapshots, selectVolumes } from './snapshot/select-volumes.ts';

/**
 * Snapshots of all of the database instance's volumes at one instant, while the sink stands still.
 * @param options as `ebsOptions`
 * @throws ZodError
 */
export function ebsStrategy(options: unknown): BaselineStrategy {
  const checked = ebsOptions.parse(options);
  const client = ec2Client(checked.region);
  const select = async () => selectVolumes(await describeInstance(client, checked.instanceId), checked);
  let selected: InstanceFacts['volumes'] | undefined;
  return {
    name: 'ebs',
    dumps: false,
    check: async (ctx, session) => {
      selected = await select();
      // It is in the tags: where the vault has none yet, it is not made in the pause.
      await vaultIdentity(ctx.vault);
      await prepareCheckpoint(session);
    },
    begin: (ctx, backupId) => {
      // Known before the pause. What is attached meanwhile is snapshot, too; what is detached is found missing.
      const wanted = async () => selected ?? (await select());
      return ebsBaseline(ctx, { options: checked, client, wanted, backupId });
    },
    settle: (ctx, taken) => settle(ctx, checked, taken),
    protect: (volumes) => protect(checked, volumes),
    remove: async (volumes) => (volumes.kind === 'ebs' ? await remove(volumes) : undefined),
    removeOrphans: (ctx, existing) => removeOrphans(ctx, checked, existing),
    examine: async (volumes) => (volumes.kind === 'ebs' ? await examineSnapshots(volumes) : undefined),
    restore: (request) => restoreEbs(checked, request),
    discard: (request) => discardEbs(checked, request),
  };
}

interface EbsBaselineRequest {
  readonly options: EbsOptions;
  readonly client: EC2Client;
  readonly wanted: () => Promise<InstanceFacts['volumes']>;
  readonly backupId: string;
}

function ebsBaseline(
  ctx: BackupContext,
  { options, client, wanted, backupId }: EbsBaselineRequest,
): Baseline {
  const tags = () => tagsOf(ctx, options, backupId);
  let taken: readonly Snapshot[] = [];
  return {
    atCut: async ({ fence }) => {
      const [volumes, wantedTags] = [await wanted(), await tags()];
      await checkpointAtCut(fence);
      failpoint('create-snapshots.before');
      taken = await createSnapshots(withoutRetries(client), options, wantedTags);
      failpoint('create-snapshots.after');
      requireAll(volumes, taken);
    },
    complete: async () => await describeTaken(client, options, taken),
    // By the tags, so that those are found, too, whose answer was lost; and the copies.
    abandon: async () => await removeTagged(regionsOf(options), await tags()),
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

/** They need the exported snapshot no longer: whoever settles them waits, not what holds its locks. */
async function describeTaken(
  client: EC2Client,
  { region, instanceId }: EbsOptions,
  taken: readonly Snapshot[],
): Promise<BaselineResult> {
  const { result: volumes, seconds } = await timed(async (): Promise<EbsVolumes> => {
    const { volumes: devices } = await describeInstance(client, instanceId);
    return { kind: 'ebs', region, instanceId, snapshots: await volumesOf(client, taken, devices) };
  });
  return { artifacts: [], volumes: [volumes], remarks: [], seconds, verifySeconds: 0 };
}

async function settle(ctx: BackupContext, options: EbsOptions, taken: TakenVolumes): Promise<Settlement> {
  const settled: Volumes[] = [];
  for (const volumes of taken.volumes) {
    if (volumes.kind !== 'ebs') {
      settled.push(volumes);
      continue;
    }
    const found = await settleSnapshots(ctx, options, { ...taken, volumes });
    if (found.kind === 'pending') return found;
    settled.push(found.volumes);
  }
  return { kind: 'settled', volumes: settled };
}

async function protect({ lock }: EbsOptions, volumes: readonly Volumes[]): Promise<void> {
  if (lock === undefined) return;
  for (const each of volumes) if (each.kind === 'ebs') await lockVolumes(each, lock);
}

async function remove(volumes: EbsVolumes): Promise<string[]> {
  const left: string[] = [];
  for (const { region, ids } of placesOf(volumes))
    left.push(...(await deleteSnapshots(ec2Client(region), ids)));
  return left;
}

/** Nobody can read a snapshot without a volume made from it. */
async function examineSnapshots(volumes: EbsVolumes): Promise<VolumeFinding> {
  const places = placesOf(volumes);
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
