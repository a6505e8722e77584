import type { HourDigest } from '../ledger/digest.ts';
import { hourDigestsSql } from '../ledger/digest-sql.ts';
import type { Manifest } from '../manifest.ts';
import { type JobFlag, readJobs } from '../recovery/jobs.ts';
import {
  readConfiguration,
  readDatabaseSettings,
  readEventRange,
  readRelations,
  readRoles,
  readSnapshotPointer,
} from './database-facts.ts';
import { type ExportedSnapshot, inSnapshot } from './snapshot.ts';

/** What the manifest says of the database, all of it as one snapshot sees it. */
export interface SnapshotFacts {
  readonly database: string;
  readonly relations: Manifest['relations'];
  readonly events: Manifest['events'];
  readonly digests: readonly HourDigest[];
  readonly snapshotPointer: Manifest['snapshotPointer'];
  readonly configuration: Manifest['configuration'];
  readonly jobs: readonly JobFlag[];
  readonly roles: Manifest['roles'];
  readonly databaseSettings: Manifest['databaseSettings'];
}

/** Reads everything in one session: a second scan beside the dump is enough for the server. */
export async function describeSnapshot(url: string, snapshot: ExportedSnapshot): Promise<SnapshotFacts> {
  return await inSnapshot(url, snapshot, 'backup facts', async (session) => {
    const { rows: names } = await session.query<{ name: string }>('SELECT current_database() AS name');
    const { rows: digests } = await session.query<Omit<HourDigest, 'count'> & { count: string }>(
      hourDigestsSql('msr.cdc_event'),
    );
    return {
      database: names[0]?.name ?? '',
      relations: await readRelations(session),
      events: await readEventRange(session),
      digests: digests.map((digest) => ({ ...digest, count: Number(digest.count) })),
      snapshotPointer: await readSnapshotPointer(session),
      configuration: await readConfiguration(session),
      jobs: await readJobs(session),
      roles: await readRoles(session),
      databaseSettings: await readDatabaseSettings(session),
    };
  });
}
