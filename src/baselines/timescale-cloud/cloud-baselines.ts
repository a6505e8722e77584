import { withSession } from '../../clients/postgres.ts';
import { timed } from '../../core/timed.ts';
import type { TimescaleCloudVolumes } from '../../manifest/volumes-schema.ts';
import type { BackupContext } from '../backup-context.ts';
import type { Baseline, BaselineSource } from '../strategy.ts';
import { checkService } from './check-service.ts';
import { type CloudClient, openCloudClient } from './cloud-client.ts';
import { cloudVolumes } from './cloud-volumes.ts';
import { chooseForkTime, commitSomething, forkableUntil } from './fork-time.ts';
import type { CloudOptions } from './options.ts';

/**
 * The continuous backups that the service takes by itself; a backup pins the moment in
 * them that belongs to the cut.
 * @throws OperatorError where the credentials cannot be read
 */
export async function cloudBaselines(options: CloudOptions): Promise<BaselineSource> {
  const client = await openCloudClient(options);
  return {
    check: async (ctx) => {
      checkService(await client.service(options.serviceId), options, ctx.settings.databaseUrl);
    },
    begin: (ctx): Baseline => pinnedMoment(ctx, client, options),
    // A moment costs nothing, and goes by itself.
    removeOrphans: async () => {},
    handlers: { 'timescale-cloud': cloudVolumes(client) },
  };
}

const UNPROVEN =
  'the API of Timescale Cloud does not tell what it can bring back: only a fork (a drill) proves it';

function pinnedMoment(ctx: BackupContext, client: CloudClient, options: CloudOptions): Baseline {
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
