import type { Session } from '../../clients/postgres.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { readServer } from '../contents/database-facts.ts';
import { type MissingGrant, missingLocking, missingReading, missingRows } from './missing-grants.ts';

/**
 * Whether this database can be backed up by this role, before anything is stopped.
 * @throws OperatorError naming what is wrong and the remedy, as a GRANT where one is missing
 */
export async function checkDatabase(session: Session): Promise<Manifest['server']> {
  await requirePrimary(session);
  const server = await readServer(session);
  await requireWhole(session);
  requireGrant(await missingReading(session));
  requireGrant(await missingRows(session));
  requireGrant(await missingLocking(session));
  return server;
}

/** @throws OperatorError on a standby */
export async function requirePrimary(session: Session): Promise<void> {
  const { rows } = await session.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  if (rows[0]?.standby !== true) return;
  throw new OperatorError('the server is a standby: nobody can hold off inserts on it', {
    hint: 'name the primary in MSR_DATABASE_URL; the sink writes there',
  });
}

/**
 * With restoring on, compressed chunks are invisible: the digests would be those of a part of the events.
 * @throws OperatorError for that, and for a database without MSR
 */
export async function requireWhole(session: Session): Promise<void> {
  const { rows } = await session.query<{ restoring: string | null; tables: number }>(
    `SELECT current_setting('timescaledb.restoring', true) AS restoring,
            (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'msr' AND c.relkind IN ('r', 'p')) AS tables`,
  );
  if (rows[0]?.tables === 0) {
    throw new OperatorError('the database has no tables in schema msr', {
      hint: 'check the database name in MSR_DATABASE_URL; if the tables are lost, run `msr recover`',
    });
  }
  if (rows[0]?.restoring !== 'on') return;
  throw new OperatorError(
    'timescaledb.restoring is on in the live database: a restore was broken off in it',
    {
      hint: 'as a superuser run SELECT timescaledb_post_restore() in it once the restore is whole, then take the backup',
    },
  );
}

function requireGrant([missing]: readonly MissingGrant[]): void {
  if (missing === undefined) return;
  const { role, what, grant, remark } = missing;
  throw new OperatorError(`role ${role} lacks ${what}`, {
    hint: remark === undefined ? grant : `${grant} (${remark})`,
  });
}
