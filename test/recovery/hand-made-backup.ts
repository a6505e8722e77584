import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { withSession } from '../../src/clients/postgres.ts';
import { newId } from '../../src/core/ids.ts';
import { readDigests } from '../../src/ledger/read-digests.ts';
import { readJobs } from '../../src/live/jobs.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import type { BedCoordinates, Msr } from '../bed/msr.ts';
import { sampleManifest } from '../manifest/sample-manifest.ts';

const RELATIONS: Manifest['relations'] = [
  { name: 'msr.cdc_event', kind: 'hypertable', rows: 0 },
  { name: 'msr.configuration', kind: 'table', rows: 0 },
  { name: 'msr.session', kind: 'table', rows: 0 },
  { name: 'msr.snapshot_pointer', kind: 'table', rows: 0 },
  { name: 'msr.earliest_snapshot_a', kind: 'table', rows: 0 },
  { name: 'msr.earliest_snapshot_b', kind: 'table', rows: 0 },
  { name: 'msr.current_earliest_snapshot', kind: 'view', rows: 0 },
];

/**
 * A backup of a database that nobody writes to: pg_dump and a manifest that tells the truth about it, without
 * Kafka and without the code that makes backups.
 */
export async function makeBackup(bed: BedCoordinates, msr: Msr, vault: Vault): Promise<Manifest> {
  // The jobs of a Community server would go on changing what is described.
  await msr.query('admin', (session) =>
    session.query('SELECT _timescaledb_functions.stop_background_workers()'),
  );
  const id = newId();
  const stored = await dump(bed, msr, vault, VaultPath.dump(id));
  const manifest = { ...(await describe(bed, msr)), id, artifacts: [stored] };
  await vault.writeDocument(VaultPath.manifest(id), JSON.stringify(manifest));
  return manifest;
}

async function dump(bed: BedCoordinates, msr: Msr, vault: Vault, path: string) {
  const child = spawn(join(bed.pgBin, 'pg_dump'), ['-Fc', '-N', 'msr_recovery', '-d', msr.url('admin')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const closed = once(child, 'close');
  const stored = await vault.writeArtifact(path, child.stdout.pipe(new PassThrough()));
  const [code] = await closed;
  if (code !== 0) throw new Error(`pg_dump: ${said.join('')}`);
  return stored;
}

async function describe(bed: BedCoordinates, msr: Msr): Promise<Manifest> {
  const sample = sampleManifest();
  return withSession(msr.url('admin'), { purpose: 'test' }, async (session) => {
    const one = async <T extends object>(sql: string): Promise<T> => {
      const { rows } = await session.query<T>(sql);
      if (rows[0] === undefined) throw new Error(`no row: ${sql}`);
      return rows[0];
    };
    const database = await one<{
      encoding: string;
      collation: string;
      owner: string;
      acl: string[] | null;
      version: number;
    }>(
      `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collation,
              pg_get_userbyid(datdba) AS owner, datacl::text[] AS acl,
              current_setting('server_version_num')::int AS version
       FROM pg_database WHERE datname = current_database()`,
    );
    const relations = [];
    for (const relation of aggregateOf(bed).concat(RELATIONS)) {
      const { n } = await one<{ n: number }>(`SELECT count(*)::int AS n FROM ${relation.name}`);
      relations.push({ ...relation, rows: n });
    }
    const events = relations.find(({ name }) => name === 'msr.cdc_event')?.rows ?? 0;
    return {
      ...sample,
      database: msr.database,
      server: {
        ...sample.server,
        postgresVersion: database.version,
        timescaledbVersion: bed.timescaledb,
        edition: bed.edition,
        encoding: database.encoding,
        collation: database.collation,
      },
      relations,
      events: { ...sample.events, count: events },
      digests: await readDigests(session),
      jobs: await readJobs(session),
      roles: [],
      databaseSettings: {
        owner: database.owner,
        acl: database.acl,
        connectionLimit: -1,
        settings: [{ role: null, name: 'work_mem', value: '5MB' }],
      },
    };
  });
}

function aggregateOf(bed: BedCoordinates): Manifest['relations'] {
  const kind = bed.edition === 'community' ? 'continuous-aggregate' : 'view';
  return [{ name: 'msr.entity_last_states', kind, rows: 0 }];
}
