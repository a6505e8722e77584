import { type Session, withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { allowConnections } from '../../live/allow-connections.ts';
import { recoveryNames } from '../../live/database-names.ts';
import { isRecoveredInPlace } from '../../manifest/baseline-kind.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { liveNameOnTarget, maintenanceUrl } from '../../settings/settings.ts';
import type { RecoveryContext } from '../context.ts';
import { readDatabases, renameAside } from '../cutover/rename.ts';
import { requireCopy } from './adopt-guards.ts';
import { adoptInPlace } from './adopt-in-place.ts';
import { bringUpVolumes } from './bring-up.ts';
import { markRestored } from './mark-restored.ts';
import { commentOn, databaseComment, findNewDatabase } from './new-database.ts';
import { proveCopy } from './prove-copy.ts';
import type { RestoredDatabase } from './restore.ts';
import { type Stopwatch, stopwatch } from './steps.ts';
import { checkTarget, readTargetFacts } from './target-server.ts';

/**
 * Builds the baseline from volumes. A server runs on a copy of them, and its database of the live name
 * becomes the recovered one. It is proven against the manifest like one that was loaded from a dump. It is
 * renamed and closed to all but superusers, or keeps its name where the server gives nobody a superuser
 * (adopt-in-place.ts). Idempotent: finished → skipped; half-done by this recovery → gone on with.
 * @throws OperatorError before anything is touched, where the server is none to take over; afterwards where
 *   its events are not those of the manifest
 */
export async function adoptVolumes(ctx: RecoveryContext, manifest: Manifest): Promise<RestoredDatabase> {
  const watch = stopwatch(ctx);
  const todo = await watch.step('bring the volumes up', () => bringUpVolumes(ctx, manifest));
  const restored = await (isRecoveredInPlace(manifest) ? adoptInPlace : adoptByName)(ctx, manifest, watch);
  return { ...restored, remarks: [...todo, ...restored.remarks] };
}

async function adoptByName(
  ctx: RecoveryContext,
  manifest: Manifest,
  watch: Stopwatch,
): Promise<RestoredDatabase> {
  const { live, recovered } = recoveryNames(ctx.settings, ctx.recoveryId);
  const adminUrl = maintenanceUrl(ctx.settings);
  const found = await withSession(adminUrl, { purpose: 'adopt' }, async (admin) => {
    checkTarget(await readTargetFacts(admin), manifest.server, adminUrl);
    const { state } = await findNewDatabase(admin, adminUrl, {
      name: recovered,
      recoveryId: ctx.recoveryId,
    });
    if (state === 'nothing') await requireLiveName(admin, live);
    return state;
  });
  const targetUrl = withDatabase(adminUrl, recovered);
  const answer = { database: recovered, targetUrl };
  if (found === 'finished') return { ...answer, skipped: true, steps: [], remarks: [] };
  const differences = found === 'nothing' ? await takeOver(ctx, manifest, watch) : [];
  const remarks = await watch.step('finish the baseline', () => finish(ctx, manifest, recovered));
  return { ...answer, skipped: false, steps: watch.steps, remarks: [...differences, ...remarks] };
}

/** A copy holds the live name, unless another recovery has taken it over already. */
async function requireLiveName(admin: Session, live: string): Promise<void> {
  const present = (await readDatabases(admin)).map(({ name }) => name);
  if (present.includes(live)) return;
  const earlier = present.filter((name) => name.startsWith(`${live}_new_`));
  throw new OperatorError(
    `the server that the volumes came up on has no database ${live}${earlier.length === 0 ? '' : `, but ${earlier.join(', ')}`}`,
    {
      hint:
        earlier.length === 0
          ? 'see that it was started on the volumes of the backup; nothing was touched'
          : 'an earlier recovery has taken it over, and can be continued only until another one is begun: bring the volumes up anew',
    },
  );
}

/**
 * Jobs asleep first, then the proof, then the name: whoever is killed in between is
 * gone on with from the first.
 * @returns how tables that hold no events differ from the manifest
 */
async function takeOver(ctx: RecoveryContext, manifest: Manifest, { step }: Stopwatch): Promise<string[]> {
  const { live, recovered } = recoveryNames(ctx.settings, ctx.recoveryId);
  const url = liveNameOnTarget(ctx.settings);
  await requireCopy(ctx);
  // An earlier run that was killed may have closed it for the rename.
  await withSession(maintenanceUrl(ctx.settings), { purpose: 'adopt' }, (admin) =>
    allowConnections(admin, live, true),
  );
  const differences = await proveCopy(ctx, manifest, { url, step });
  const comment = databaseComment(ctx.recoveryId, manifest.id, 'taken over from its volumes');
  await step(`take ${live} over as ${recovered}`, () =>
    renameAside(ctx, { live, keepAs: recovered, comment }, 'superusers'),
  );
  return differences;
}

/** @returns what the operator has yet to do on the server */
async function finish(ctx: RecoveryContext, manifest: Manifest, recovered: string): Promise<string[]> {
  const url = withDatabase(ctx.settings.targetDatabaseUrl, recovered);
  return await withSession(url, { purpose: 'adopt' }, async (session) => {
    await commentOn(
      session,
      recovered,
      databaseComment(ctx.recoveryId, manifest.id, 'restored, not live yet'),
    );
    await markRestored(session, { recoveryId: ctx.recoveryId, backupId: manifest.id });
    return await remainingWork(session);
  });
}

/** Without workers no job ever runs, retention among them: nobody would notice before the disk is full. */
async function remainingWork(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ workers: string | null }>(
    `SELECT current_setting('timescaledb.max_background_workers', true) AS workers`,
  );
  if (rows[0]?.workers !== '0') return [];
  return [
    'after the recovery, set timescaledb.max_background_workers of the server back and restart it: at 0 no job runs',
  ];
}
