import { readConfiguration, readServer } from '../backup/contents/database-facts.ts';
import { type MaintenanceFacts, readMaintenance } from '../backup/maintenance/maintenance-facts.ts';
import { requirePrimary, requireWhole } from '../backup/preflight/check-database.ts';
import { type MissingGrant, missingGrants } from '../backup/preflight/missing-grants.ts';
import { describeServer, type Session, withSession } from '../clients/postgres.ts';
import { hostAndPort, withDatabase } from '../clients/postgres-url.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { serverSpace } from '../recovery/restore/disk.ts';
import { readTargetFacts, type TargetFacts } from '../recovery/restore/target-server.ts';
import type { Settings } from '../settings/settings.ts';
import { type Look, look } from './look.ts';

/** What the live database says to the role of backups. */
export interface DatabaseFacts {
  /** `host:port/database`. */
  readonly where: string;
  readonly role: string;
  readonly bytes: number;
  readonly server: Look<Manifest['server']>;
  /** Whether it is a primary with a whole MSR in it. */
  readonly whole: Look<void>;
  readonly missing: Look<readonly MissingGrant[]>;
  /** What a snapshot of volumes asks for. */
  readonly mayCheckpoint: Look<boolean>;
  readonly maintenance: Look<MaintenanceFacts>;
  /** msr.configuration, by key. */
  readonly configuration: Look<ReadonlyMap<string, string | null>>;
  /** Errors that TimescaleDB's jobs have ended with lately; none where the role may not read them. */
  readonly jobErrors: Look<readonly string[]>;
}

/** @throws OperatorError where no session can be had */
export async function lookAtDatabase(url: string): Promise<DatabaseFacts> {
  return await withSession(url, { purpose: 'doctor' }, async (session) => {
    await session.query(`SET statement_timeout = '30s'; SET lock_timeout = '2s'`);
    const { rows } = await session.query<{ role: string; bytes: string }>(
      'SELECT current_user AS role, pg_database_size(current_database()) AS bytes',
    );
    return {
      where: describeServer(url),
      role: rows[0]?.role ?? '',
      bytes: Number(rows[0]?.bytes),
      server: await look(() => readServer(session)),
      whole: await look(() => requireUsable(session)),
      missing: await look(() => missingGrants(session)),
      mayCheckpoint: await look(() => readCheckpointRight(session)),
      maintenance: await look(() => readMaintenance(session)),
      configuration: await look(async () => {
        const entries = await readConfiguration(session);
        return new Map(entries.map(({ key, value }) => [key, value]));
      }),
      jobErrors: await look(() => readJobErrors(session)),
    };
  });
}

async function readJobErrors(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ message: string }>(
    `SELECT DISTINCT err_message AS message FROM timescaledb_information.job_errors
     WHERE err_message IS NOT NULL ORDER BY 1 LIMIT 20`,
  );
  return rows.map(({ message }) => message);
}

/** Before PostgreSQL 15 only a superuser may. */
async function readCheckpointRight(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ allowed: boolean }>(
    `SELECT bool_or(rolname = current_user AND rolsuper
                    OR rolname = 'pg_checkpoint' AND pg_has_role(current_user, oid, 'USAGE')) AS allowed
     FROM pg_roles`,
  );
  return rows[0]?.allowed === true;
}

async function requireUsable(session: Session): Promise<void> {
  await requirePrimary(session);
  await requireWhole(session);
}

/** The server that a recovery builds on. */
export interface RecoveryServerFacts {
  readonly where: string;
  readonly url: string;
  readonly facts: TargetFacts;
  /** undefined where it runs on another machine. */
  readonly freeBytes: number | undefined;
}

/** @throws OperatorError where no session can be had */
export async function lookAtTarget({
  targetDatabaseUrl,
}: Pick<Settings, 'targetDatabaseUrl'>): Promise<RecoveryServerFacts> {
  const url = withDatabase(targetDatabaseUrl, 'postgres');
  return await withSession(url, { purpose: 'doctor' }, async (session) => {
    const facts = await readTargetFacts(session);
    const free = facts.superuser ? (await serverSpace(session, url))?.freeBytes : undefined;
    return { where: hostAndPort(url), url, facts, freeBytes: free };
  });
}
