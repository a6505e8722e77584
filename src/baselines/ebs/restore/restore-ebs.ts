import { hostAndPort } from '../../../clients/postgres-url.ts';
import { OperatorError } from '../../../core/operator-error.ts';
import type { EbsVolumes } from '../../../manifest/volumes-schema.ts';
import type { RestoredVolumes, VolumeRestore } from '../../volumes-handler.ts';
import type { EbsOptions } from '../options.ts';
import { SnapshotTag } from '../snapshot-tags.ts';
import { attachmentOf, attachVolumes } from './attach-volumes.ts';
import { findVolumes } from './ec2-volumes.ts';
import { makeVolumes } from './make-volumes.ts';
import { deviceNames, prepareRestore, tagValue } from './prepare-restore.ts';
import { awaitServer, runsOn } from './recovery-server.ts';
import { EbsRestoreError } from './restore-error.ts';
import { type RestoreScene, restoreScene } from './restore-scene.ts';
import { fillCommands, runCommands } from './run-commands.ts';
import type { RestoredVolume, WantedVolume } from './volume-plan.ts';

/**
 * Makes a volume of each snapshot, attaches them to the recovery instance, and has PostgreSQL started on them
 * there. Run again with the same name it goes on with what it finds. Until the first volume is attached a
 * failure removes what the run made; from then on everything stays, for the next run or `discardEbs`.
 * @throws EbsRestoreError, DatabaseConnectionError, OperatorError
 */
export async function restoreEbs(
  options: EbsOptions,
  request: VolumeRestore<EbsVolumes>,
  everyMs?: number,
): Promise<RestoredVolumes> {
  const scene = restoreScene(options, request, everyMs);
  const prepared = await prepareRestore(scene, request.volumes, options.instance);
  request.signal.throwIfAborted();
  const made = await makeVolumes(scene, prepared);
  const backup = tagValue(prepared.tags, SnapshotTag.backup) || 'ID';
  return await keepAfterwards(scene, { ids: [...made.values()], backup }, async () => {
    const attached = await attachVolumes(scene, made);
    await startServer(scene, attached);
    return described(scene, attached);
  });
}

async function startServer(
  { ssm, options, request, everyMs }: RestoreScene,
  attached: ReadonlyMap<WantedVolume, RestoredVolume>,
): Promise<void> {
  const { targetUrl, name, progress, signal } = request;
  const createdAt = [...attached.values()].map((volume) => volume.createdAt.getTime());
  const query = { targetUrl, madeAt: new Date(Math.max(...createdAt)) };
  const wait = { deadlineMs: options.readyMinutes * 60_000, everyMs, progress, signal };
  if (!(await runsOn(query))) {
    const volumes = [...attached].map(([wanted, { volumeId }]) => [wanted, volumeId] as const);
    await runCommands(ssm, {
      instanceId: options.recoveryInstanceId,
      documentName: options.documentName,
      commands: fillCommands(options.commands, deviceNames(volumes)),
      name,
      ...wait,
    });
  }
  await awaitServer(query, wait);
}

function described(
  { options, request }: RestoreScene,
  attached: ReadonlyMap<WantedVolume, RestoredVolume>,
): RestoredVolumes {
  const places = [...attached].map(([{ device }, { volumeId }]) => `${volumeId} at ${device}`);
  return {
    made: `the volumes ${places.join(', ')} of ${options.recoveryInstanceId}, and a server on them`,
    server: hostAndPort(request.targetUrl),
    next: 'its background workers are off: they stay so until everything is recovered',
  };
}

/** From the first attachment on nothing is removed by itself: somebody may be looking at it. */
async function keepAfterwards<T>(
  { ec2, request }: RestoreScene,
  { ids, backup }: { readonly ids: readonly string[]; readonly backup: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Where they cannot be described, the error that brought us here is the one to tell.
    const found = await findVolumes(ec2, { ids }).catch(() => undefined);
    const states = ids.map((id) => (found === undefined ? id : `${id} (${attachmentOf(found, id)})`));
    const kept = `the restored volumes stay: ${states.join(', ')}`;
    if (!(error instanceof OperatorError)) {
      // An abort, above all: its reason goes on as it is.
      request.progress.note(kept);
      throw error;
    }
    throw new EbsRestoreError(`${error.message}; ${kept}`, {
      hint: `${error.hint}. To remove them: msr backups restore-volumes ${backup} --discard --name ${request.name}`,
      cause: error,
    });
  }
}
