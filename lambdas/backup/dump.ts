import { PassThrough } from 'node:stream';
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
  const { settings, vault, progress, expectedBytes } = request;
  const run = startPgTool(
    'pg_dump',
    [
      '--format=custom',
      `--snapshot=${request.snapshotId}`,
      `--exclude-schema=${RECOVERY_SCHEMA}`,
      '--lock-wait-timeout=60s',
    ],
    { pgBin: settings.pgBin, url: settings.databaseUrl, signal: request.signal },
  );
  run.stdin.end();
  let done = 0;
  const counted = new PassThrough({ highWaterMark: BUFFER_BYTES });
  run.stdout.on('data', (chunk: Buffer) => {
    done += chunk.length;
    const total = expectedBytes === undefined ? {} : { total: Math.max(expectedBytes, done) };
    progress.update({ activity: 'dump', done, unit: 'bytes', ...total });
  });
  run.stdout.on('error', (error) => counted.destroy(error));
  run.stdout.pipe(counted);
  const [stored] = await Promise.all([
    vault.writeArtifact(request.path, counted, expectedBytes === undefined ? {} : { expectedBytes }),
    run.done,
  ]);
  return stored;
}
