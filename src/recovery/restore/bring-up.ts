import { type Refusal, requireHandler } from '../../baselines/find-handler.ts';
import { openStrategy } from '../../baselines/strategies.ts';
import { DatabaseConnectionError, withSession } from '../../clients/postgres.ts';
import { hostAndPort } from '../../clients/postgres-url.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type RecoveryNames, recoveryNames } from '../../live/database-names.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { maintenanceUrl } from '../../settings/settings.ts';
import type { RecoveryContext } from '../context.ts';
import { readDatabases } from '../cutover/rename.ts';
import { restoreName } from './live-copies.ts';

/**
 * Sees to it that a server runs on a copy of the backup's volumes where MSR_TARGET_DATABASE_URL names it. One
 * that runs already, by an earlier run or by hand, is left alone.
 * @returns what to do before its jobs do harm; nothing where it ran already
 * @throws OperatorError where the strategy cannot, or brings it up elsewhere; what the strategy throws
 */
export async function bringUpVolumes(
  ctx: RecoveryContext,
  manifest: Pick<Manifest, 'volumes' | 'database' | 'cut'>,
): Promise<readonly string[]> {
  const { settings, recoveryId } = ctx;
  if (await isUp(ctx, recoveryNames(settings, recoveryId))) {
    ctx.progress.note(`the server at ${hostAndPort(settings.targetDatabaseUrl)} runs already`);
    return [];
  }
  const name = restoreName(recoveryId);
  const strategy = await openStrategy(settings.strategy);
  const { targetDatabaseUrl: targetUrl } = settings;
  const request = { manifest, name, targetUrl, progress: ctx.progress, signal: ctx.signal };
  const todo: string[] = [];
  for (const volumes of manifest.volumes) {
    const handler = requireHandler(strategy, volumes, 'restore', CANNOT);
    const made = await handler.restore({ ...request, volumes });
    ctx.progress.note(`made ${made.made}`);
    requireHere(made, targetUrl);
    todo.push(made.next);
  }
  return todo;
}

async function isUp({ settings }: RecoveryContext, { live, recovered }: RecoveryNames): Promise<boolean> {
  try {
    const url = maintenanceUrl(settings);
    const present = await withSession(url, { purpose: 'look for the copy' }, readDatabases);
    return present.some(({ name }) => name === live || name === recovered);
  } catch (error) {
    if (!(error instanceof DatabaseConnectionError)) throw error;
    // A login that is refused, or a certificate, is not mended by bringing volumes up.
    if (error.saysNothing) throw error;
    return false;
  }
}

const CANNOT: Refusal = {
  cannot: 'bring up',
  more: ', or start a server on a copy of the volumes yourself, where MSR_TARGET_DATABASE_URL names it; nothing was touched',
};

function requireHere(
  { made, server, next }: { readonly made: string; readonly server?: string; readonly next: string },
  targetUrl: string,
): void {
  if (server === hostAndPort(targetUrl)) return;
  const where = server === undefined ? 'no server runs on it yet' : `it is reached at ${server}`;
  throw new OperatorError(
    `${made} was made, and ${where}; MSR_TARGET_DATABASE_URL names ${hostAndPort(targetUrl)}`,
    { hint: `${next}; let MSR_TARGET_DATABASE_URL name that server, and run \`msr recover\` again` },
  );
}
