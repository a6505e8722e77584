import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startPgTool } from '../clients/pg-tools.ts';
import type { Progress } from '../progress.ts';
import { RECOVERY_SCHEMA } from '../recovery/recovery-schema.ts';
import type { Settings } from '../settings.ts';
import type { StoredArtifact, Vault } from '../vault/vault.ts';

export interface DumpRequest {
  readonly settings: Settings;
  readonly vault: Vault;
  readonly path: string;
  readonly snapshotId: string;
  /** The size of the last dump, for the estimate. */
  readonly expectedBytes?: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Enough for the pipe to run ahead of a slow vault, little enough to stay small at any size of database. */
const BUFFER_BYTES = 1 << 20;

/**
 * Streams `pg_dump -Fc` of exactly the snapshot into the vault. The whole database, not `-n msr`: the chunks live in
 * _timescaledb_internal. Only the bookkeeping of an earlier recovery stays out.
 * @throws PgToolError, and what the vault throws; nothing is visible under the path then
 */
export async function dumpDatabase(request: DumpRequest): Promise<StoredArtifact> {
  const { settings, vault, expectedBytes } = request;
  const failed = new AbortController();
  const run = startPgTool(
    'pg_dump',
    [
      '--format=custom',
      `--snapshot=${request.snapshotId}`,
      `--exclude-schema=${RECOVERY_SCHEMA}`,
      '--lock-wait-timeout=60s',
    ],
    {
      pgBin: settings.pgBin,
      url: settings.databaseUrl,
      signal: AbortSignal.any([request.signal, failed.signal]),
    },
  );
  run.stdin.end();
  const options = expectedBytes === undefined ? {} : { expectedBytes };
  try {
    const [stored] = await Promise.all([
      vault.writeArtifact(request.path, counted(run.stdout, request), options),
      run.done,
    ]);
    return stored;
  } finally {
    // A vault that is full must not leave pg_dump reading on for nobody.
    failed.abort();
  }
}

/** The same bytes, told to the progress on their way; what fails the source fails it. */
function counted(source: Readable, { progress, expectedBytes }: DumpRequest): Readable {
  let done = 0;
  const through = new Transform({
    highWaterMark: BUFFER_BYTES,
    transform(chunk: Buffer, _encoding, push) {
      done += chunk.length;
      const total = expectedBytes === undefined ? {} : { total: Math.max(expectedBytes, done) };
      progress.update({ activity: 'dump', done, unit: 'bytes', ...total });
      push(null, chunk);
    },
  });
  // The reader sees the failure as the stream's own error.
  pipeline(source, through).catch(() => {});
  return through;
}
