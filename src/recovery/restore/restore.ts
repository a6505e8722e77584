import { checkRestoringVersion, pgToolVersion } from '../../clients/pg-tools.ts';
import { inTransaction, withSession } from '../../clients/postgres.ts';
import { databaseName, withDatabase } from '../../clients/postgres-url.ts';
import { timescaleSchema } from '../../clients/timescale-schema.ts';
import { recoveryNames } from '../../live/database-names.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { RecoveryContext } from '../context.ts';
import { checkBaseline } from './baseline.ts';
import { applyDatabaseSettings } from './database-settings.ts';
import { checkDisk } from './disk.ts';
import { withDump } from './fetch-dump.ts';
import { loadDump, readWholeDump } from './load.ts';
import { keepBaseline, markRestored } from './mark-restored.ts';
import { refreshMaterializedViews } from './materialized-views.ts';
import {
  commentOn,
  createExtension,
  createNewDatabase,
  databaseComment,
  dropNewDatabase,
  extensionSchema,
  findNewDatabase,
} from './new-database.ts';
import { createMissingRoles } from './roles.ts';
import { type Step, stopwatch } from './steps.ts';
import { checkTarget, readTargetFacts } from './target-server.ts';
import type { TocHalves } from './toc.ts';

export interface RestoredDatabase {
  /** Its name on the target server. */
  readonly database: string;
  /** A superuser's URL of it. Holds a password. */
  readonly targetUrl: string;
  /** An earlier run of this recovery had finished it. */
  readonly skipped: boolean;
  readonly steps: readonly Step[];
  /** What an operator must know or do: roles made without password, for instance. */
  readonly remarks: readonly string[];
}

/**
 * Builds the baseline in a new database beside the live one, closed to all but superusers, and proves it
 * against the manifest. Idempotent: finished → skipped; half-done by this recovery → dropped and done again.
 * @throws OperatorError before anything is touched, where dump, server or name are not fit; afterwards where
 *   the restored rows are not those of the manifest
 */
export async function restoreDatabase(ctx: RecoveryContext, manifest: Manifest): Promise<RestoredDatabase> {
  const adminUrl = ctx.settings.targetDatabaseUrl;
  const { recovered: name } = recoveryNames(ctx.settings, ctx.recoveryId);
  const found = await withSession(adminUrl, { purpose: 'restore' }, async (admin) => {
    const facts = await readTargetFacts(admin);
    checkTarget(facts, manifest.server, adminUrl);
    const pgRestore = await pgToolVersion('pg_restore', { pgBin: ctx.settings.pgBin, signal: ctx.signal });
    const pgDump = manifest.madeBy.pgDump ?? pgRestore;
    checkRestoringVersion({ pgDump, pgRestore, target: facts.postgresVersion });
    const start = await findNewDatabase(admin, adminUrl, { name, recoveryId: ctx.recoveryId });
    if (start.state !== 'finished') await checkDisk(admin, manifest, adminUrl);
    return start;
  });
  const targetUrl = withDatabase(adminUrl, name);
  if (found.state === 'finished') {
    ctx.progress.note(`database ${name} is restored already`);
    return { database: name, targetUrl, skipped: true, steps: [], remarks: [] };
  }
  const watch = stopwatch(ctx);
  const { remarks, toc } = await withDump(ctx, manifest, async (dump) => {
    const toc = await watch.step('read all of the dump', () =>
      readWholeDump(ctx, dump, extensionSchema(manifest.server)),
    );
    const made = await watch.step(`create database ${name}`, () => create(ctx, manifest, name));
    await watch.step('load the dump', () => loadDump(ctx, dump, toc, targetUrl));
    return { remarks: made, toc };
  });
  await check(ctx, manifest, { targetUrl, step: watch.step });
  const refused = await finish(ctx, manifest, { name, targetUrl, toc, step: watch.step });
  return {
    database: name,
    targetUrl,
    skipped: false,
    steps: watch.steps,
    remarks: [...remarks, ...refused, ...leftBehind(manifest)],
  };
}

type RunStep = ReturnType<typeof stopwatch>['step'];

/** @returns what the operator must know of the roles */
async function create(ctx: RecoveryContext, manifest: Manifest, name: string): Promise<readonly string[]> {
  const adminUrl = ctx.settings.targetDatabaseUrl;
  return withSession(adminUrl, { purpose: 'restore' }, async (admin) => {
    // Two restores of one recovery would drop each other's database.
    await ctx.assertLockHeld();
    await dropNewDatabase(admin, name);
    const remarks = await createMissingRoles(admin, manifest.roles);
    await createNewDatabase(
      admin,
      name,
      manifest,
      databaseComment(ctx.recoveryId, manifest.id, 'being restored'),
    );
    await withSession(withDatabase(adminUrl, name), { purpose: 'restore' }, async (session) => {
      await createExtension(session, manifest);
      await session.query(`SELECT ${await timescaleSchema(session)}.timescaledb_pre_restore()`);
    });
    for (const remark of remarks) ctx.progress.note(remark);
    return remarks;
  });
}

async function check(
  ctx: RecoveryContext,
  manifest: Manifest,
  { targetUrl, step }: { readonly targetUrl: string; readonly step: RunStep },
): Promise<void> {
  const options = { purpose: 'restore', restoring: 'off' } as const;
  await withSession(targetUrl, options, async (session) => {
    await step('compare with the manifest', () =>
      checkBaseline(session, databaseName(targetUrl), manifest, ctx),
    );
    await step('put the jobs to sleep', () => inTransaction(session, () => keepBaseline(session, manifest)));
  });
}

interface Finishing {
  readonly name: string;
  readonly targetUrl: string;
  readonly toc: TocHalves;
  readonly step: RunStep;
}

/** @returns what could not be refreshed, and what the server refused of the database's own settings */
async function finish(
  ctx: RecoveryContext,
  manifest: Manifest,
  { name, targetUrl, toc, step }: Finishing,
): Promise<readonly string[]> {
  return withSession(targetUrl, { purpose: 'restore' }, async (session) => {
    await session.query(`SELECT ${await timescaleSchema(session)}.timescaledb_post_restore()`);
    const stale = await refreshMaterializedViews(session, ctx.progress, toc.fills);
    await step('analyze', () => session.query('ANALYZE'));
    const remarks = [...stale, ...(await applyDatabaseSettings(session, name, manifest.databaseSettings))];
    for (const remark of remarks) ctx.progress.note(remark);
    await commentOn(session, name, databaseComment(ctx.recoveryId, manifest.id, 'restored, not live yet'));
    await markRestored(session, { recoveryId: ctx.recoveryId, backupId: manifest.id });
    return remarks;
  });
}

/** What the old database had and no dump carries over. */
function leftBehind({ leftBehind: left }: Pick<Manifest, 'leftBehind'>): string[] {
  return (left ?? []).map(({ what, todo }) => `${what} is not carried over: ${todo}`);
}
