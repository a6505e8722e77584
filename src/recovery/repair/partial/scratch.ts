import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRestoringVersion, pgToolVersion, runPgTool } from '../../../clients/pg-tools.ts';
import { inTransaction, type Session, withSession } from '../../../clients/postgres.ts';
import { withDatabase } from '../../../clients/postgres-url.ts';
import { timescaleSchema } from '../../../clients/timescale-schema.ts';
import { compareDigests } from '../../../ledger/compare-digests.ts';
import type { EventHour, HourScope } from '../../../ledger/hour-scope.ts';
import { readDigests } from '../../../ledger/read-digests.ts';
import { recoveryNames } from '../../../live/database-names.ts';
import { RECOVERY_SCHEMA } from '../../../live/recovery-schema.ts';
import type { Manifest } from '../../../manifest/manifest.ts';
import type { RecoveryContext } from '../../context.ts';
import { readChunks } from '../../rehearsal/compare-sample.ts';
import type { Chunk } from '../../rehearsal/sample.ts';
import { type LocalDump, withDump } from '../../restore/fetch-dump.ts';
import { keepBaseline, markRestored } from '../../restore/mark-restored.ts';
import {
  createExtension,
  createNewDatabase,
  databaseComment,
  dropNewDatabase,
  extensionSchema,
  findNewDatabase,
} from '../../restore/new-database.ts';
import { BaselineMismatchError } from '../../restore/restore-errors.ts';
import { checkTarget, readTargetFacts } from '../../restore/target-server.ts';
import { splitToc } from '../../restore/toc.ts';
import { chunksOf, namesOfChunk, scratchEntries } from './scratch-entries.ts';

/** A database beside the live one that holds the events of some hours, and no others. */
export interface Scratch {
  readonly name: string;
  /** A superuser's. Holds a password. */
  readonly url: string;
}

/**
 * The baseline of some hours: the backup's schema, and of its rows those of the hours' chunks alone, proven
 * against the manifest. Idempotent: finished → skipped; half-done by this recovery, or of other
 * hours → done again.
 * @throws OperatorError where dump, server or name are not fit; BaselineMismatchError
 */
export async function prepareScratch(
  ctx: RecoveryContext,
  manifest: Manifest,
  scope: HourScope,
): Promise<Scratch> {
  const { recovered: name } = recoveryNames(ctx.settings, ctx.recoveryId);
  const adminUrl = ctx.settings.targetDatabaseUrl;
  const scratch = { name, url: withDatabase(adminUrl, name) };
  await withSession(adminUrl, { purpose: 'restore hours' }, async (admin) => {
    if (await isPrepared(ctx, admin, scratch, scope)) return;
    const facts = await readTargetFacts(admin);
    checkTarget(facts, manifest.server, adminUrl);
    const pgRestore = await pgToolVersion('pg_restore', { pgBin: ctx.settings.pgBin, signal: ctx.signal });
    checkRestoringVersion({
      ...{ pgDump: manifest.madeBy.pgDump ?? pgRestore, pgRestore },
      target: facts.postgresVersion,
    });
    await withDump(ctx, manifest, (dump) => build(ctx, admin, { manifest, scope, dump, scratch, facts }));
  });
  return scratch;
}

async function isPrepared(
  { settings, recoveryId }: RecoveryContext,
  admin: Session,
  { name, url }: Scratch,
  scope: HourScope,
): Promise<boolean> {
  const found = await findNewDatabase(admin, settings.targetDatabaseUrl, { name, recoveryId });
  if (found.state !== 'finished') return false;
  return await withSession(url, { purpose: 'restore hours' }, async (session) => {
    const { rows } = await session.query<EventHour>(
      `SELECT table_name AS "table", hour FROM ${RECOVERY_SCHEMA}.hours_of_repair`,
    );
    return rows.length === scope.hours.length && rows.every((hour) => scope.has(hour));
  });
}

interface Building {
  readonly manifest: Manifest;
  readonly scope: HourScope;
  readonly dump: LocalDump;
  readonly scratch: Scratch;
  readonly facts: Awaited<ReturnType<typeof readTargetFacts>>;
}

async function build(ctx: RecoveryContext, admin: Session, building: Building): Promise<void> {
  const { manifest, scope, dump, scratch } = building;
  const { pgBin } = ctx.settings;
  const listed = await runPgTool('pg_restore', ['--list', dump.file], { pgBin, signal: ctx.signal });
  const toc = splitToc(listed, extensionSchema(manifest.server));
  await create(ctx, admin, building);
  const load = loader(ctx, building);
  await load('pre-data', lines(toc.rest));
  await load('data', lines(toc.catalog));
  const { chunks, all } = await withSession(scratch.url, { purpose: 'restore hours' }, readChunks);
  const wanted = chunksOf(chunks, scope);
  const entries = scratchEntries(lines(toc.rest), {
    ...{ all, wanted: new Set(wanted.flatMap(namesOfChunk)) },
    relations: manifest.relations,
  });
  await load('data', entries.data);
  await load('post-data', entries.postData);
  await prove(scratch, manifest, scope);
  await finish(ctx, { scratch, manifest, scope, wanted });
}

const lines = (list: string): string[] => list.split('\n').filter((line) => line !== '');

async function create(
  ctx: RecoveryContext,
  admin: Session,
  { manifest, scratch, facts }: Building,
): Promise<void> {
  await ctx.assertLockHeld();
  await dropNewDatabase(admin, scratch.name);
  // Nobody but ourselves ever uses it: it needs no owner, and no role.
  const databaseSettings = { ...manifest.databaseSettings, owner: facts.user };
  const comment = databaseComment(ctx.recoveryId, manifest.id, 'damaged hours, being restored');
  await createNewDatabase(admin, scratch.name, { ...manifest, databaseSettings }, comment);
  await withSession(scratch.url, { purpose: 'restore hours' }, async (session) => {
    await createExtension(session, manifest);
    await session.query(`SELECT ${await timescaleSchema(session)}.timescaledb_pre_restore()`);
  });
}

type Load = (section: 'pre-data' | 'data' | 'post-data', list: readonly string[]) => Promise<void>;

function loader({ settings, signal }: RecoveryContext, { dump, scratch }: Building): Load {
  const useList = join(dump.directory, 'hours.list');
  const fixed = ['--exit-on-error', '--no-owner', '--no-privileges', '--use-list', useList];
  return async (section, list) => {
    await writeFile(useList, `${list.join('\n')}\n`);
    await runPgTool('pg_restore', [...fixed, `--section=${section}`, dump.file], {
      ...{ pgBin: settings.pgBin, signal, url: scratch.url },
      sessionOptions: '-c synchronous_commit=off',
    });
  };
}

/** What was restored of the hours, against the manifest. @throws BaselineMismatchError */
async function prove({ name, url }: Scratch, { digests }: Manifest, scope: HourScope): Promise<void> {
  await withSession(url, { purpose: 'restore hours', restoring: 'off' }, async (session) => {
    const expected = digests.filter((digest) => scope.has(digest));
    const differences = compareDigests(expected, await readDigests(session, scope.condition));
    if (differences.length > 0) throw new BaselineMismatchError(name, differences);
  });
}

/** Leaves the hours alone in it, uncompressed, with jobs asleep, ready to be replayed into. */
async function finish(
  { recoveryId }: RecoveryContext,
  {
    scratch,
    manifest,
    scope,
    wanted,
  }: Pick<Building, 'scratch' | 'manifest' | 'scope'> & { readonly wanted: readonly Chunk[] },
): Promise<void> {
  const base = { ...manifest, digests: manifest.digests.filter((digest) => scope.has(digest)) };
  await withSession(scratch.url, { purpose: 'restore hours', restoring: 'off' }, (session) =>
    inTransaction(session, () => keepBaseline(session, base)),
  );
  await withSession(scratch.url, { purpose: 'restore hours' }, async (session) => {
    const extension = await timescaleSchema(session);
    await session.query(`SELECT ${extension}.timescaledb_post_restore()`);
    for (const { schema, name, compressed } of wanted) {
      if (compressed === null) continue;
      const chunk = `${session.escapeIdentifier(schema)}.${session.escapeIdentifier(name)}`;
      await session.query(`SELECT ${extension}.decompress_chunk($1::regclass)`, [chunk]);
    }
    await inTransaction(session, async () => {
      await session.query('SET LOCAL session_replication_role = replica');
      await session.query(`DELETE FROM msr.cdc_event WHERE (${scope.condition}) IS NOT TRUE`);
      await session.query(
        `CREATE TABLE ${RECOVERY_SCHEMA}.hours_of_repair AS
         SELECT "table" AS table_name, hour FROM json_to_recordset($1::json) AS h("table" text, hour text)`,
        [JSON.stringify(scope.hours)],
      );
      await markRestored(session, { recoveryId, backupId: manifest.id });
    });
  });
}

/** Nobody needs it once its rows are in the live database. */
export async function dropScratch({ settings, recoveryId }: RecoveryContext): Promise<void> {
  const { recovered: name } = recoveryNames(settings, recoveryId);
  await withSession(settings.targetDatabaseUrl, { purpose: 'drop restored hours' }, (admin) =>
    dropNewDatabase(admin, name),
  );
}
