import { checkRestoringVersion, PgToolError, pgToolVersion } from '../../clients/pg-tools.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { databaseName, hostAndPort, withDatabase } from '../../clients/postgres-url.ts';
import { describeError, messageOf, OperatorError } from '../../core/operator-error.ts';
import { hasDump } from '../../manifest/baseline-kind.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Rehearsal, RehearsalFault } from '../../manifest/rehearsal.ts';
import { maintenanceUrl } from '../../settings/settings.ts';
import { estimatedDatabaseBytes, serverSpace } from '../restore/disk.ts';
import { withDump } from '../restore/fetch-dump.ts';
import { isEmpty } from '../restore/new-database.ts';
import { UnfitTargetError } from '../restore/restore-errors.ts';
import { checkTarget, readTargetFacts, type TargetFacts } from '../restore/target-server.ts';
import { REHEARSAL_LIMITS, type RehearsalContext, type RehearsalLimits } from './rehearsal-context.ts';
import { rehearseDump } from './rehearse-dump.ts';
import { claimScratch, dropOrphanedScratches, dropScratch, scratchName } from './scratch.ts';
import { watchSize } from './watch-size.ts';

/** It could not be tried; nothing is said of the backup. */
class NotRehearsedError extends OperatorError {
  override readonly name = 'NotRehearsedError';
}

type Found = Pick<Rehearsal, 'faults' | 'remarks' | 'sample'>;

/**
 * Restores so much of a backup's dump that what can never restore shows: into a scratch database on the
 * server that a recovery would use, with its rights; schema, TimescaleDB's catalog, small tables, a sample
 * of chunks, their indexes and constraints. Compared, and dropped whatever happens. Makes no role. Nobody
 * need hold a lock.
 * @returns 'could not verify', with the reason, where it could not be tried
 * @throws the signal's reason
 */
export async function rehearse(
  ctx: RehearsalContext,
  manifest: Manifest,
  limits: RehearsalLimits = REHEARSAL_LIMITS,
): Promise<Rehearsal> {
  const began = performance.now();
  const server = hostAndPort(ctx.settings.targetDatabaseUrl);
  const cost = { bytes: 0 };
  const ended = (outcome: Rehearsal['outcome'], found: Found): Rehearsal => ({
    outcome,
    at: new Date().toISOString(),
    server,
    seconds: Math.round(performance.now() - began) / 1000,
    bytes: cost.bytes,
    ...found,
  });
  try {
    const found = await tryOut(ctx, manifest, { limits, cost });
    return ended(found.faults.length === 0 ? 'passed' : 'failed', found);
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof UnfitTargetError) return ended('failed', { ...NOTHING, faults: [ofServer(error)] });
    return ended('could not verify', { ...NOTHING, remarks: [describeError(error).replaceAll('\n', '; ')] });
  }
}

const NOTHING: Found = { faults: [], remarks: [], sample: { chunks: 0, events: 0 } };

function ofServer(error: OperatorError): RehearsalFault {
  return { side: 'server', object: 'the server of recoveries', fact: messageOf(error), remedy: error.hint };
}

interface Bounds {
  readonly limits: RehearsalLimits;
  /** Kept for the answer, however it ends. */
  readonly cost: { bytes: number };
}

async function tryOut(ctx: RehearsalContext, manifest: Manifest, bounds: Bounds): Promise<Found> {
  if (!hasDump(manifest)) throw new NotRehearsedError('the backup holds no dump', { hint: NO_DUMP });
  const url = maintenanceUrl(ctx.settings);
  return await withSession(url, { purpose: 'rehearse' }, async (admin) => {
    const facts = await readTargetFacts(admin);
    requireRights(facts, url);
    checkTarget(facts, manifest.server, url);
    await checkTool(ctx, manifest, facts);
    const name = await claim(ctx, admin, manifest.id);
    await checkRoom(admin, manifest, url, bounds.limits);
    try {
      return await inBounds(ctx, { name, ...bounds }, (signal) =>
        withDump({ ...ctx, signal, recoveryId: manifest.id }, manifest, (dump) =>
          rehearseDump({ ...ctx, signal }, { admin, manifest, dump, name, facts, limits: bounds.limits }),
        ),
      );
    } finally {
      await dropScratch(admin, name);
    }
  });
}

const NO_DUMP =
  'its volumes are tried by a recovery alone: `msr backups restore-volumes` brings them up beside';

/** Whoever has not the rights of a recovery cannot say whether one would succeed. */
function requireRights({ superuser, user }: TargetFacts, url: string): void {
  if (superuser) return;
  throw new NotRehearsedError(
    `role ${user} on ${hostAndPort(url)} is no superuser, as a recovery needs one`,
    {
      hint: 'name the server of recoveries, with a superuser, in MSR_TARGET_DATABASE_URL',
    },
  );
}

/** @throws UnfitTargetError where pg_restore and the server do not go together */
async function checkTool(
  { settings, signal }: RehearsalContext,
  { madeBy }: Manifest,
  { postgresVersion }: TargetFacts,
): Promise<void> {
  const pgRestore = await pgToolVersion('pg_restore', { pgBin: settings.pgBin, signal });
  try {
    checkRestoringVersion({ pgDump: madeBy.pgDump ?? pgRestore, pgRestore, target: postgresVersion });
  } catch (error) {
    if (!(error instanceof OperatorError) || error instanceof PgToolError) throw error;
    throw new UnfitTargetError(error.message, { hint: error.hint, cause: error });
  }
}

/** @returns the name of a database that is not there, and that nobody else's rehearsal makes */
async function claim(ctx: RehearsalContext, admin: Session, backupId: string): Promise<string> {
  const live = databaseName(ctx.settings.databaseUrl);
  for (const orphan of await dropOrphanedScratches(admin, live)) {
    ctx.progress.note(`dropped ${orphan}, which a rehearsal that was killed had left`);
  }
  const name = scratchName(live, backupId);
  if (!(await claimScratch(admin, name))) {
    throw new NotRehearsedError(`another rehearsal of ${backupId} runs`, { hint: 'wait for its end' });
  }
  const { rows } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (rows.length === 0) return name;
  // Killed between its creation and its comment.
  if (await isEmpty(withDatabase(ctx.settings.targetDatabaseUrl, name))) {
    await dropScratch(admin, name);
    return name;
  }
  throw new NotRehearsedError(`database ${name} exists, and no rehearsal of ours made it`, {
    hint: 'drop or rename it if nobody needs it; nothing was touched',
  });
}

async function checkRoom(
  admin: Session,
  manifest: Manifest,
  url: string,
  limits: RehearsalLimits,
): Promise<void> {
  const free = (await serverSpace(admin, url))?.freeBytes;
  const needed = Math.min(limits.bytes, estimatedDatabaseBytes(manifest));
  if (free === undefined || free >= needed) return;
  throw new NotRehearsedError(`the server's disk has ${free} bytes free; a rehearsal may need ${needed}`, {
    hint: 'free space there',
  });
}

/** Runs `work` until it ends, the time is over, or the scratch database has grown too large. */
async function inBounds<T>(
  ctx: RehearsalContext,
  { name, limits, cost }: Bounds & { readonly name: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(
    () => over.abort(new NotRehearsedError(`it took longer than ${limits.seconds} s`, { hint: TOO_MUCH })),
    limits.seconds * 1000,
  );
  const stop = await watchSize(maintenanceUrl(ctx.settings), name, (bytes) => {
    cost.bytes = Math.max(cost.bytes, bytes);
    if (bytes <= limits.bytes) return;
    over.abort(new NotRehearsedError(`its database grew beyond ${limits.bytes} bytes`, { hint: TOO_MUCH }));
  });
  try {
    return await work(AbortSignal.any([ctx.signal, over.signal]));
  } catch (error) {
    over.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    await stop();
  }
}

const TOO_MUCH = 'a drill restores all of it: run one, and see how long it takes';
