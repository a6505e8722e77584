import { describeServer, withSession } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { heldOnTarget } from '../../live/live-server.ts';
import { recoveryPosition } from '../../live/position.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { liveNameOnTarget } from '../../settings/settings.ts';
import type { RecoveryContext } from '../context.ts';
import { requireCopy } from './adopt-guards.ts';
import { markRestored } from './mark-restored.ts';
import { proveCopy } from './prove-copy.ts';
import type { RestoredDatabase } from './restore.ts';
import type { Stopwatch } from './steps.ts';
import { checkTarget, readTargetFacts } from './target-server.ts';

/**
 * Like adoptVolumes, for a copy whose owner is no superuser: it can neither be renamed nor closed, so it
 * keeps the live name. What makes it the live database is its marker, at the cutover.
 * @throws OperatorError before anything is touched, where it is the live server, in use, or an earlier
 *   recovery's; afterwards where its events are not those of the manifest
 */
export async function adoptInPlace(
  ctx: RecoveryContext,
  manifest: Manifest,
  watch: Stopwatch,
): Promise<RestoredDatabase> {
  const { settings, recoveryId } = ctx;
  const database = databaseName(settings.databaseUrl);
  const url = liveNameOnTarget(settings);
  const answer = { database, targetUrl: url };
  if ((await recoveryPosition(settings, recoveryId)).kind !== 'none') {
    return { ...answer, skipped: true, steps: [], remarks: [] };
  }
  await withSession(url, { purpose: 'adopt' }, async (session) => {
    checkTarget(await readTargetFacts(session), manifest.server, url, 'owner');
  });
  await requireUntaken(url);
  await requireCopy(ctx);
  const remarks = await proveCopy(ctx, manifest, { url, step: watch.step });
  await withSession(url, { purpose: 'adopt' }, (session) =>
    markRestored(session, { recoveryId, backupId: manifest.id }, 'in-place'),
  );
  return { ...answer, skipped: false, steps: watch.steps, remarks };
}

/** What an earlier recovery has replayed into it, no manifest knows. */
async function requireUntaken(url: string): Promise<void> {
  if ((await heldOnTarget(url)) !== 'waiting') return;
  throw new OperatorError(`${describeServer(url)} was taken over by an earlier recovery`, {
    hint: 'bring another copy up: a recovery can be continued only until another one is begun; nothing was touched',
  });
}
