import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PgToolError, runPgTool } from '../../clients/pg-tools.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { timescaleSchema } from '../../clients/timescale-schema.ts';
import { unscheduleJobs } from '../../live/jobs.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Rehearsal, RehearsalFault } from '../../manifest/rehearsal.ts';
import { compareRelations } from '../restore/baseline.ts';
import { applyDatabaseSettings } from '../restore/database-settings.ts';
import type { LocalDump } from '../restore/fetch-dump.ts';
import { refreshMaterializedViews } from '../restore/materialized-views.ts';
import { createExtension, createNewDatabase, extensionSchema } from '../restore/new-database.ts';
import { readExistingRoles } from '../restore/roles.ts';
import { stopwatch } from '../restore/steps.ts';
import type { TargetFacts } from '../restore/target-server.ts';
import { splitToc, type TocHalves } from '../restore/toc.ts';
import { compareSample, readChunks } from './compare-sample.ts';
import { faultOf, functionOf, isCircumstance, parseErrors, type RestoreError } from './faults.ts';
import { findUse } from './find-use.ts';
import type { RehearsalContext, RehearsalLimits } from './rehearsal-context.ts';
import { type Chunk, sampleChunks, sampleToc } from './sample.ts';
import { scratchComment } from './scratch.ts';

export interface DumpRehearsal {
  readonly admin: Session;
  readonly manifest: Manifest;
  readonly dump: LocalDump;
  /** The scratch database's URL. */
  readonly name: string;
  readonly facts: TargetFacts;
  readonly limits: RehearsalLimits;
}

type Found = Pick<Rehearsal, 'faults' | 'remarks' | 'sample'>;

/** More are told by their number: the first is what the others follow from, most often. */
const MOST_FAULTS = 5;

/**
 * The dump into the scratch database, in the order of a restore; ends after the first part that has faults.
 */
export async function rehearseDump(ctx: RehearsalContext, rehearsal: DumpRehearsal): Promise<Found> {
  const { step } = stopwatch(ctx);
  const { dump } = rehearsal;
  const url = withDatabase(ctx.settings.targetDatabaseUrl, rehearsal.name);
  const missing = await missingRoles(rehearsal);
  const none = { chunks: 0, events: 0 };
  const run = (args: readonly string[], list: readonly string[]) =>
    restorePart(ctx, { url, dump, args, list, missing });
  const toc = await readToc(ctx, rehearsal);
  await step(`rehearse: create database ${rehearsal.name}`, () => create(rehearsal, url, missing));
  const told = await describer(url, rehearsal);

  const schema = await step('rehearse: schema', () => run(['--section=pre-data'], lines(toc.rest)));
  if (schema.length > 0) return { faults: await told(schema), remarks: [], sample: none };
  const catalog = await step('rehearse: catalog', () => run(['--section=data'], lines(toc.catalog)));
  if (catalog.length > 0) return { faults: await told(catalog), remarks: [], sample: none };

  const { sample, list } = await chooseSample(url, rehearsal, toc);
  const data = await step('rehearse: rows', () => run(['--section=data'], list));
  const post = await step('rehearse: indexes', () => run(['--section=post-data'], list));
  const errors = [...data, ...post];
  const size = { chunks: sample.length, events: 0 };
  if (errors.length > 0) return { faults: await told(errors), remarks: [], sample: size };
  const compared = await step('rehearse: compare', () => compare(url, rehearsal, sample));
  const remarks = await step('rehearse: finish', () => finish(ctx, url, rehearsal, toc));
  return {
    faults: compared.differences.map(contentFault),
    remarks: [...missing.map(missingRemark), ...remarks],
    sample: { ...size, events: compared.events },
  };
}

const lines = (list: string): string[] => list.split('\n').filter((line) => line !== '');

async function readToc(ctx: RehearsalContext, { dump, manifest }: DumpRehearsal): Promise<TocHalves> {
  const { pgBin } = ctx.settings;
  const list = await runPgTool('pg_restore', ['--list', dump.file], { pgBin, signal: ctx.signal });
  return splitToc(list, extensionSchema(manifest.server));
}

/** A recovery makes them; a rehearsal leaves no trace on the server, so what speaks of them is not tried. */
async function missingRoles({ admin, manifest }: DumpRehearsal): Promise<string[]> {
  const there = new Set((await readExistingRoles(admin)).map(({ name }) => name));
  return manifest.roles.map(({ name }) => name).filter((name) => !there.has(name));
}

function missingRemark(role: string): string {
  return `role ${role} is missing on the server: a recovery makes it, and what belongs to it was not tried`;
}

async function create(
  { admin, manifest, name, facts }: DumpRehearsal,
  url: string,
  missing: readonly string[],
): Promise<void> {
  const { databaseSettings } = manifest;
  const owner = missing.includes(databaseSettings.owner) ? facts.user : databaseSettings.owner;
  const owned = { ...manifest, databaseSettings: { ...databaseSettings, owner } };
  await createNewDatabase(admin, name, owned, scratchComment(manifest.id));
  await withSession(url, { purpose: 'rehearse' }, async (session) => {
    await createExtension(session, manifest);
    await session.query(`SELECT ${await timescaleSchema(session)}.timescaledb_pre_restore()`);
  });
}

interface Part {
  readonly url: string;
  readonly dump: LocalDump;
  readonly args: readonly string[];
  readonly list: readonly string[];
  readonly missing: readonly string[];
}

/**
 * @returns every error of pg_restore but for those that a missing role explains
 * @throws PgToolError where it could not do its work, which says nothing of the backup
 */
async function restorePart(
  { settings, signal }: RehearsalContext,
  { url, dump, args, list, missing }: Part,
): Promise<RestoreError[]> {
  const useList = join(dump.directory, 'rehearsal.list');
  await writeFile(useList, `${list.join('\n')}\n`);
  const said: string[] = [];
  try {
    await runPgTool('pg_restore', [...args, '--use-list', useList, dump.file], {
      ...{ pgBin: settings.pgBin, signal, url, sessionOptions: RESTORE_OPTIONS },
      onLine: (line) => void said.push(line),
    });
    return [];
  } catch (error) {
    if (!(error instanceof PgToolError)) throw error;
    signal.throwIfAborted();
    const errors = parseErrors(said);
    // Killed, or without a server: what it said until then may only follow from that.
    if (error.exit !== 1 || errors.length === 0 || errors.some(isCircumstance)) throw error;
    return errors.filter(
      ({ message }) => !missing.some((role) => message === `role "${role}" does not exist`),
    );
  }
}

/** Messages are told apart by their English words, whatever language the server speaks. */
const RESTORE_OPTIONS = '-c synchronous_commit=off -c lc_messages=C';

type Describe = (errors: readonly RestoreError[]) => Promise<RehearsalFault[]>;

/** Names what an error comes from, by asking the scratch database. */
async function describer(url: string, { facts }: DumpRehearsal): Promise<Describe> {
  const major = Math.floor(facts.postgresVersion / 10_000);
  return async (errors) =>
    await withSession(url, { purpose: 'rehearse' }, async (session) => {
      const faults: RehearsalFault[] = [];
      for (const error of errors) {
        const running = functionOf(error);
        const use = running === undefined ? undefined : await findUse(session, running);
        const fault = faultOf(error, use, major);
        if (!faults.some(({ object, fact }) => object === fault.object && fact === fault.fact))
          faults.push(fault);
      }
      return faults.slice(0, MOST_FAULTS);
    });
}

async function chooseSample(url: string, { manifest, limits }: DumpRehearsal, toc: TocHalves) {
  const { chunks, all } = await withSession(url, { purpose: 'rehearse' }, readChunks);
  const sample = sampleChunks(chunks, manifest.digests);
  const large = manifest.relations.filter(({ kind, rows }) => kind === 'table' && rows > limits.rows);
  const list = sampleToc(lines(toc.rest), {
    all,
    sample: new Set(sample.flatMap(namesOf)),
    large: new Set(large.map(({ name }) => `msr.${name.replace(/^msr\./, '')}`)),
  });
  return { sample, list };
}

function namesOf({ schema, name, compressed }: Chunk): string[] {
  return [`${schema}.${name}`, ...(compressed === null ? [] : [compressed])];
}

async function compare(url: string, { manifest, limits }: DumpRehearsal, sample: readonly Chunk[]) {
  return await withSession(url, { purpose: 'rehearse', restoring: 'off' }, async (session) => {
    const whole = manifest.relations.filter(
      ({ kind, rows }) => kind === 'materialized-view' || (kind === 'table' && rows <= limits.rows),
    );
    const { differences, events } = await compareSample(session, sample, manifest.digests);
    const relations = await compareRelations(session, whole);
    // Asleep before timescaledb_post_restore() would start them.
    await unscheduleJobs(session);
    return { differences: [...relations, ...differences], events };
  });
}

function contentFault(difference: string): RehearsalFault {
  return {
    side: 'backup',
    object: 'content',
    fact: difference,
    remedy: 'the dump is not what the manifest says: take another backup, and keep this one as evidence',
  };
}

/** @returns what a recovery would tell, too */
async function finish(
  ctx: RehearsalContext,
  url: string,
  { manifest, name }: DumpRehearsal,
  toc: TocHalves,
): Promise<string[]> {
  return await withSession(url, { purpose: 'rehearse' }, async (session) => {
    await session.query(`SELECT ${await timescaleSchema(session)}.timescaledb_post_restore()`);
    return [
      ...(await refreshMaterializedViews(session, ctx.progress, toc.fills)),
      ...(await applyDatabaseSettings(session, name, manifest.databaseSettings)),
    ];
  });
}
