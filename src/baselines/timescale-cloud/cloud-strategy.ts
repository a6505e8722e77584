import { withSession } from '../../clients/postgres.ts';
import { timed } from '../../core/timed.ts';
import type { TimescaleCloudVolumes } from '../../manifest/volumes-schema.ts';
import type { BackupContext } from '../backup-context.ts';
import { dumpStrategy } from '../dump/dump-strategy.ts';
import type {
  Baseline,
  BaselineResult,
  BaselineStrategy,
  RestoredVolumes,
  VolumeRestore,
} from '../strategy.ts';
import { checkService } from './check-service.ts';
import { type CloudClient, openCloudClient } from './cloud-client.ts';
import { examineMoment } from './examine-moment.ts';
import { forkService } from './fork-service.ts';
import { chooseForkTime, commitSomething, forkableUntil } from './fork-time.ts';
import { type CloudOptions, cloudOptions } from './options.ts';

/**
 * The continuous backups that the service takes by itself; a backup pins the moment in them that belongs to the cut.
 * @param options as `cloudOptions`
 * @throws ZodError, and OperatorError where the credentials cannot be read
 */
export async function cloudStrategy(options: unknown): Promise<BaselineStrategy> {
  const checked = cloudOptions.parse(options);
  return strategyWith(await openCloudClient(checked), checked);
}

function strategyWith(client: CloudClient, options: CloudOptions): BaselineStrategy {
  return {
    name: 'timescale-cloud',
    dumps: options.dump,
    check: async (ctx) => {
      checkService(await client.service(options.serviceId), options, ctx.settings.databaseUrl);
    },
    begin: (ctx, backupId): Baseline => {
      const native = nativeBaseline(ctx, client, options);
      return options.dump ? besides(dumpStrategy().begin(ctx, backupId), native) : native;
    },
    // A moment costs nothing, and goes by itself.
    removeOrphans: async () => {},
    examine: (volumes) => examineMoment(client, volumes),
    restore: (request) => restoreMoment(client, request),
  };
}

const FORK_MS = 7_200_000;

async function restoreMoment(
  client: CloudClient,
  request: VolumeRestore,
): Promise<RestoredVolumes | undefined> {
  const { volumes, manifest, name, targetUrl, progress, signal } = request;
  if (volumes.kind !== 'timescale-cloud') return undefined;
  const { cut, database } = manifest;
  const { serviceId, url } = await forkService(client, {
    ...{ cut, volumes, name, environment: 'PROD', targetUrl, database, progress, signal },
    deadlineMs: FORK_MS,
  });
  return {
    made: `the service ${serviceId} (${name}), a fork of ${volumes.serviceId} at ${volumes.forkTime}`,
    server: new URL(url).host,
    next: 'its jobs run already: let the recovery put them to sleep before its retention drops what is to be recovered',
  };
}

const UNPROVEN =
  'the API of Timescale Cloud does not tell what it can bring back: only a fork (a drill) proves it';

function nativeBaseline(ctx: BackupContext, client: CloudClient, options: CloudOptions): Baseline {
  let forkTime: Date | undefined;
  return {
    atCut: async ({ fence }) => {
      forkTime = await chooseForkTime(fence);
    },
    complete: async () => {
      if (forkTime === undefined) throw new Error('complete() comes after atCut()');
      const { seconds, result } = await timed(() => confirm(ctx, client, options));
      const until = forkableUntil(forkTime, options.pitrDays).toISOString();
      const volumes: TimescaleCloudVolumes = {
        kind: 'timescale-cloud',
        projectId: options.projectId,
        serviceId: options.serviceId,
        region: result,
        forkTime: forkTime.toISOString(),
        forkableUntil: until,
      };
      const remark = `the service can be forked at the cut until ${until}, as far as its plan is known`;
      const remarks = [remark, UNPROVEN];
      return { artifacts: [], volumes: [volumes], remarks, seconds, verifySeconds: 0 };
    },
    abandon: async () => {},
  };
}

/** That the service is still well, and that its WAL goes on past the moment. @returns its region */
async function confirm(ctx: BackupContext, client: CloudClient, options: CloudOptions): Promise<string> {
  await withSession(ctx.settings.databaseUrl, { purpose: 'backup fork time' }, commitSomething);
  const { databaseUrl } = ctx.settings;
  const service = await client.service(options.serviceId);
  checkService(service, options, databaseUrl);
  return service.region_code ?? 'unknown';
}

/** The dump beside it, of the same snapshot. */
function besides(dump: Baseline, native: Baseline): Baseline {
  return {
    atCut: async (moment) => {
      await dump.atCut(moment);
      await native.atCut(moment);
    },
    complete: async (completion): Promise<BaselineResult> => {
      const pinned = await native.complete(completion);
      const dumped = await dump.complete(completion);
      return { ...dumped, volumes: pinned.volumes, remarks: [...dumped.remarks, ...pinned.remarks] };
    },
    abandon: () => dump.abandon(),
  };
}
