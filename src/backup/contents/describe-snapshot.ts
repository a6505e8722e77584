import type { BackupContext } from '../../baselines/backup-context.ts';
import type { SnapshotSession } from '../../baselines/snapshot-session.ts';
import type { HourDigest } from '../../ledger/digest.ts';
import { type JobFlag, readJobs } from '../../live/jobs.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { readConfiguration, readEventRange, readSnapshotPointer } from './database-facts.ts';
import { digestEvents } from './event-digests.ts';
import { readLeftBehind } from './left-behind.ts';
import { readRelations } from './relation-facts.ts';
import { readRoles } from './role-facts.ts';
import { readDatabaseSettings } from './settings-facts.ts';

/** What the manifest says of the database, all of it as one snapshot sees it. */
export interface SnapshotFacts {
  readonly database: string;
  readonly databaseBytes: number;
  readonly relations: Manifest['relations'];
  readonly events: Manifest['events'];
  readonly digests: readonly HourDigest[];
  readonly snapshotPointer: Manifest['snapshotPointer'];
  readonly configuration: Manifest['configuration'];
  readonly jobs: readonly JobFlag[];
  readonly roles: Manifest['roles'];
  readonly databaseSettings: Manifest['databaseSettings'];
  readonly leftBehind: NonNullable<Manifest['leftBehind']>;
}

/**
 * Reads everything in the one session that has the locks already: a second scan beside the dump
 * is enough for the server.
 * @param snapshot after the export
 * @throws the signal's reason between two queries
 */
export async function describeSnapshot(
  snapshot: Pick<SnapshotSession, 'read'>,
  { progress, signal }: Pick<BackupContext, 'progress' | 'signal'>,
): Promise<SnapshotFacts> {
  return await snapshot.read(async (session) => {
    const { rows: names } = await session.query<{ name: string; bytes: string }>(
      'SELECT current_database() AS name, pg_database_size(current_database()) AS bytes',
    );
    const events = await readEventRange(session);
    const onDigested = (done: number) =>
      progress.update({ activity: 'digest', done, total: events.count, unit: 'events' });
    const digests = await digestEvents(session, { signal, onDigested });
    signal.throwIfAborted();
    return {
      database: names[0]?.name ?? '',
      databaseBytes: Number(names[0]?.bytes),
      relations: await readRelations(session),
      events,
      digests,
      snapshotPointer: await readSnapshotPointer(session),
      configuration: await readConfiguration(session),
      jobs: await readJobs(session),
      roles: await readRoles(session),
      databaseSettings: await readDatabaseSettings(session),
      leftBehind: await readLeftBehind(session),
    };
  });
}
