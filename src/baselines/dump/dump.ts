import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PgToolError, startPgTool } from '../../clients/pg-tools.ts';
import type { Progress } from '../../core/progress.ts';
import { RECOVERY_SCHEMA } from '../../live/recovery-schema.ts';
import type { Settings } from '../../settings/settings.ts';
import type { StoredArtifact, Vault } from '../../vault/vault.ts';
import { DatabaseBusyError } from '../snapshot-session.ts';
import type { DumpEstimate } from './dump-estimate.ts';

export interface DumpRequest {
  readonly settings: Settings;
  readonly vault: Vault;
  readonly path: string;
  readonly snapshotId: string;
  /** Rather too much than too little. */
  readonly estimate: DumpEstimate;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Enough for the pipe to run ahead of a slow vault, little enough to stay small at any size of database. */
const BUFFER_BYTES = 1 << 20;

/**
 * How long pg_dump waits for a lock. Ours cover what it reads, so it waits only behind who waits for ours.
 */
const LOCK_WAIT = '10s';
/** pg_dump's own words, in English by LC_ALL; the server's stand before them, in the server's language. */
const FAILED_TO_LOCK = /Query was: LOCK TABLE/;
/** Reasons that waiting does not mend, where the server speaks English; preflight looks for them, too. */
const NO_WAIT = /permission denied|does not exist/;

/**
 * Whether pg_dump gave up waiting for a lock. It makes --lock-wait-timeout a statement_timeout around its
 * LOCK TABLE (pg_dump.c, setup_connection), and of a message without its SQLSTATE no more can be told. Pure.
 */
export function waitedForLock(message: string): boolean {
  return FAILED_TO_LOCK.test(message) && !NO_WAIT.test(message);
}

/**
 * Between our locks and pg_dump's somebody began to wait for ours (the maintenance, a
 * compression); pg_dump stands behind them in the queue, and all would wait for ever. Letting go
 * and beginning again is the only way.
 */
export class DumpOvertakenError extends DatabaseBusyError {
  override readonly name = 'DumpOvertakenError';

  constructor(cause: unknown) {
    super('maintenance or a compression came between the locks of the backup and those of pg_dump', {
      hint: 'no backup was taken; take it at another time than the jobs of the database',
      cause,
    });
  }
}

/**
 * Streams `pg_dump -Fc` of exactly the snapshot into the vault. The whole database, not `-n msr`: the chunks
 * live in _timescaledb_internal. Only the bookkeeping of an earlier recovery stays out.
 * @throws DumpOvertakenError, PgToolError, and what the vault throws; nothing is visible under the path then
 */
export async function dumpDatabase(request: DumpRequest): Promise<StoredArtifact> {
  const { settings, vault, estimate } = request;
  const failed = new AbortController();
  const run = startPgTool(
    'pg_dump',
    [
      '--format=custom',
      `--snapshot=${request.snapshotId}`,
      `--exclude-schema=${RECOVERY_SCHEMA}`,
      `--lock-wait-timeout=${LOCK_WAIT}`,
    ],
    {
      pgBin: settings.pgBin,
      url: settings.databaseUrl,
      signal: AbortSignal.any([request.signal, failed.signal]),
    },
  );
  run.stdin.end();
  try {
    const [stored] = await Promise.all([
      vault.writeArtifact(request.path, counted(run.stdout, request), {
        expectedBytes: estimate.bytes,
      }),
      run.done,
    ]);
    return stored;
  } catch (error) {
    // A vault that is full must not leave pg_dump reading on for nobody.
    failed.abort();
    throw (await overtaken(run.done)) ?? error;
  }
}

/** pg_dump's own complaint, whatever the vault said of the stream that ended with it. */
async function overtaken(done: Promise<void>): Promise<DumpOvertakenError | undefined> {
  try {
    await done;
    return undefined;
  } catch (error) {
    const waited = error instanceof PgToolError && waitedForLock(error.message);
    return waited ? new DumpOvertakenError(error) : undefined;
  }
}

/** The same bytes, told to the progress on their way; what fails the source fails it. */
function counted(source: Readable, { progress, estimate: { lastBytes } }: DumpRequest): Readable {
  let done = 0;
  const through = new Transform({
    highWaterMark: BUFFER_BYTES,
    transform(chunk: Buffer, _encoding, push) {
      done += chunk.length;
      const total = lastBytes === undefined ? {} : { total: Math.max(lastBytes, done) };
      progress.update({ activity: 'dump', done, unit: 'bytes', ...total });
      push(null, chunk);
    },
  });
  // The reader sees the failure as the stream's own error.
  pipeline(source, through).catch(() => {});
  return through;
}
