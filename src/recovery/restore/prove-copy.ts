import { inTransaction, type Session, withSession } from '../../clients/postgres.ts';
import { databaseName } from '../../clients/postgres-url.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { RecoveryContext } from '../context.ts';
import { requireUnused } from './adopt-guards.ts';
import { checkEvents, compareRelations } from './baseline.ts';
import { keepBaseline } from './mark-restored.ts';
import type { Stopwatch } from './steps.ts';

/**
 * Makes a copy of the live database this recovery's, and proves it: jobs asleep first, then its events
 * against the manifest. May be run again.
 * @param url of the copy
 * @returns how tables that hold no events differ from the manifest, for people
 * @throws OperatorError where somebody uses it, BaselineMismatchError
 */
export async function proveCopy(
  ctx: RecoveryContext,
  manifest: Manifest,
  { url, step }: Pick<Stopwatch, 'step'> & { readonly url: string },
): Promise<string[]> {
  const database = databaseName(url);
  const differences = await withSession(url, { purpose: 'adopt', restoring: 'off' }, async (session) => {
    await requireUnused(session, database);
    await ctx.assertLockHeld();
    await step('put the jobs to sleep', () => forgetEarlierRecoveries(session, manifest));
    await step('compare with the manifest', () => checkEvents(session, database, manifest, ctx));
    return await compareRelations(session, otherRelations(manifest));
  });
  return differences.map(
    (difference) => `${difference}: it was changed between the backup's snapshot and that of the volumes`,
  );
}

/**
 * Those whose rows the digests do not speak for. Sessions and configuration may change
 * while the sink stands still.
 */
function otherRelations({ relations, digests }: Manifest): Manifest['relations'] {
  const events = new Set(digests.map(({ table }) => table));
  return relations.filter(({ name }) => !events.has(name) && !events.has(name.replace(/^msr\./, '')));
}

/**
 * The copy holds what earlier recoveries, or a run that was killed, kept in it; it is
 * this recovery's from now on.
 */
async function forgetEarlierRecoveries(session: Session, manifest: Manifest): Promise<void> {
  await inTransaction(session, async () => {
    await session.query(`DROP SCHEMA IF EXISTS ${RECOVERY_SCHEMA} CASCADE`);
    await keepBaseline(session, manifest);
  });
}
