/**
 * `npm run bench:dump -- [--events 300000] [--pairs 5]`: our dump (streamed through this process, hashed,
 * synced into a file vault) beside a bare `pg_dump -Fc -f file` of the same database. They take turns in one
 * run: machines differ, the ratio less. The peak of our memory is that of this whole process.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { dumpDatabase } from '../src/baselines/dump/dump.ts';
import { silentProgress } from '../src/core/progress.ts';
import type { Settings } from '../src/settings/settings.ts';
import { openVault } from '../src/vault/open-vault.ts';
import { type BedDatabase, startDatabase } from '../test/bed/database.ts';
import { installMsr } from '../test/bed/msr-schema/install-msr.ts';
import { dropDatabases } from '../test/bed/timescale/drop.ts';
import { withClient, withDatabase } from '../test/bed/timescale/server.ts';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '300000' }, pairs: { type: 'string', default: '5' } },
});
const directory = await mkdtemp(join(tmpdir(), 'msr-bench-dump-'));
// The server's own user passes through it.
await chmod(directory, 0o755);
const server = await startDatabase(directory);
const database = `${server.prefix}_bench`;
const url = withDatabase(server.adminUrl, database);
try {
  await installMsr({ ...server, database, jobs: false });
  const bytes = await fill(Number(values.events));
  console.log(`${values.events} events, ${mebibytes(bytes)} in the database, ${server.edition} edition`);
  await comparePairs(Number(values.pairs));
} finally {
  await dropDatabases(server.adminUrl, database);
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

/** Events of two days with texts that compress like real ones. @returns the size of the database */
async function fill(count: number): Promise<number> {
  return await withClient(url, async (client) => {
    await client.query(
      `INSERT INTO msr.cdc_event (entity_id, entity_state, op, event_timestamp, table_name)
       SELECT 'entity-' || i % 1000,
              jsonb_build_object('n', i, 'name', 'Unit ' || i % 977, 'speed', round((random() * 40)::numeric, 1),
                'points', (SELECT jsonb_agg(round((random() * 180 + 0 * (i + p))::numeric, 6)) FROM generate_series(1, 24) AS p),
                'note', repeat('x', 180)),
              'u', now() - i * interval '2 days' / $1::float8, 'gis.track'
       FROM generate_series(1, $1::int) AS i`,
      [count],
    );
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database()) AS bytes',
    );
    return Number(rows[0]?.bytes);
  });
}

async function comparePairs(pairs: number): Promise<void> {
  const ratios: number[] = [];
  // The first pair warms the server's cache and is not counted.
  for (let pair = 0; pair <= pairs; pair++) {
    const { bare, ours } = await measurePair(pair % 2 === 0);
    if (pair === 0) continue;
    ratios.push(ours / bare);
    console.log(
      `pair ${pair}: bare ${bare.toFixed(2)} s, ours ${ours.toFixed(2)} s, ratio ${(ours / bare).toFixed(2)}`,
    );
  }
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const cpu = (userCPUTime + systemCPUTime) / 1e6 / (pairs + 1);
  console.log(`median ratio ${median(ratios).toFixed(2)}`);
  console.log(
    `peak memory of this process ${mebibytes(maxRSS * 1024)}, about ${cpu.toFixed(2)} s of CPU a dump`,
  );
}

/** What comes second finds a warmer cache, so the order changes from pair to pair. */
async function measurePair(bareFirst: boolean): Promise<{ readonly bare: number; readonly ours: number }> {
  if (bareFirst) {
    const bare = await seconds(() => bareDump(server));
    return { bare, ours: await seconds(() => ourDump(server)) };
  }
  const ours = await seconds(() => ourDump(server));
  return { ours, bare: await seconds(() => bareDump(server)) };
}

async function bareDump({ pgBin }: BedDatabase): Promise<void> {
  const file = join(directory, 'bare.dump');
  await promisify(execFile)(join(pgBin, 'pg_dump'), ['--format=custom', '--file', file, '--dbname', url]);
  await rm(file);
}

async function ourDump({ pgBin }: BedDatabase): Promise<void> {
  const vaultUrl = pathToFileURL(join(directory, 'vault')).href;
  await withClient(url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    await dumpDatabase({
      settings: settingsOf(pgBin, vaultUrl),
      vault: openVault(vaultUrl),
      path: 'backups/bench/database.dump',
      snapshotId: rows[0]?.id ?? '',
      estimate: { bytes: 0, seconds: 0, lastBytes: undefined },
      progress: silentProgress,
      signal: new AbortController().signal,
    });
    await client.query('COMMIT');
  });
  await rm(join(directory, 'vault'), { recursive: true });
}

function settingsOf(pgBin: string, vaultUrl: string): Settings {
  return {
    databaseUrl: url,
    targetDatabaseUrl: url,
    vaultUrl,
    kafka: { brokers: [], ssl: false, sasl: undefined },
    connect: { url: 'http://127.0.0.1:1' },
    sinkConnector: 'none',
    pgBin,
    maintenanceTimeZone: 'UTC',
    zones: new Map(),
    strategy: { name: 'dump', options: {} },
  };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
