import type { EC2Client, Snapshot } from '@aws-sdk/client-ec2';
import { failpoint } from '../../core/failpoint.ts';
import { timed } from '../../core/timed.ts';
import type { EbsVolumes } from '../../manifest/volumes-schema.ts';
import { vaultIdentity } from '../../vault/vault-identity.ts';
import type { BackupContext } from '../backup-context.ts';
import { checkpointAtCut, prepareCheckpoint } from '../checkpoint.ts';
import type { Baseline, BaselineResult, BaselineSource } from '../strategy.ts';
import { ebsVolumes } from './ebs-volumes.ts';
import type { EbsOptions } from './options.ts';
import {
  createSnapshots,
  describeInstance,
  EbsSnapshotError,
  ec2Client,
  volumesOf,
  withoutRetries,
} from './snapshot/ec2-snapshots.ts';
import { regionsOf, removeOrphans, removeTagged, tagsOf } from './snapshot/own-snapshots.ts';
import { type InstanceFacts, selectVolumes } from './snapshot/select-volumes.ts';

/** Snapshots of all of the database instance's volumes at one instant, while the sink stands still. */
export function ebsBaselines(options: EbsOptions): BaselineSource {
  const client = ec2Client(options.region);
  const select = async () => selectVolumes(await describeInstance(client, options.instanceId), options);
  let selected: InstanceFacts['volumes'] | undefined;
  return {
    check: async (ctx, session) => {
      selected = await select();
      // It is in the tags: where the vault has none yet, it is not made in the pause.
      await vaultIdentity(ctx.vault);
      await prepareCheckpoint(session);
    },
    begin: (ctx, backupId) => {
      // Known before the pause. What is attached meanwhile is snapshot, too; what is
      // detached is found missing.
      const wanted = async () => selected ?? (await select());
      return ebsBaseline(ctx, { options, client, wanted, backupId });
    },
    removeOrphans: (ctx, existing) => removeOrphans(ctx, options, existing),
    handlers: { ebs: ebsVolumes(options) },
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
    // Tags find those, too, whose answer was lost; and the copies.
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

/** They need the exported snapshot no longer: whoever follows them waits, not what holds its locks. */
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
