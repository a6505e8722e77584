import type { ConnectClient } from '../clients/connect.ts';
import type { KafkaAdmin, TopicDescription } from '../clients/kafka-admin.ts';
import { pgToolVersion } from '../clients/pg-tools.ts';
import { type Session, withSession } from '../clients/postgres.ts';
import type { Manifest } from '../manifest.ts';
import { OperatorError } from '../operator-error.ts';
import { parseSinkConfig, type SinkConfig, sinkTopics } from '../sink/sink-config.ts';
import type { BackupContext } from './backup-context.ts';
import { readServer } from './database-facts.ts';
import { minutesToMaintenance } from './maintenance-window.ts';

/** What is known before anything is stopped. */
export interface Preflight {
  readonly server: Manifest['server'];
  readonly pgDumpVersion: string;
  readonly sink: SinkConfig;
  readonly topics: readonly TopicDescription[];
}

/** Room in the vault for one dump, where nothing is known of an earlier one: the playbook's 0.3 × data. */
const DUMP_RATIO = 0.3;

/**
 * Refuses a backup that could not be finished, before the sink or the vault is touched.
 * @throws OperatorError naming what is wrong and the remedy
 */
export async function preflight(
  ctx: BackupContext,
  connect: ConnectClient,
  kafka: KafkaAdmin,
): Promise<Preflight> {
  const { settings } = ctx;
  const sink = parseSinkConfig(settings.sinkConnector, await connect.config(settings.sinkConnector));
  const topics = await kafka.describeTopics(sinkTopics(sink, await kafka.listTopics()));
  const server = await withSession(settings.databaseUrl, { purpose: 'backup preflight' }, async (session) => {
    const facts = await readServer(session);
    await checkPrivileges(session);
    await checkMaintenance(session, ctx);
    await checkRoom(session, ctx);
    return facts;
  });
  const pgDumpVersion = await pgToolVersion('pg_dump', { pgBin: settings.pgBin, signal: ctx.signal });
  checkDumpVersion(pgDumpVersion, server.postgresVersion);
  return { server, pgDumpVersion, sink, topics };
}

/** pg_dump refuses newer servers by itself, but only after the sink has stood still. */
export function checkDumpVersion(pgDump: string, server: number): void {
  const major = Math.floor(server / 10_000);
  if (Number.parseInt(pgDump, 10) >= major) return;
  throw new OperatorError(
    `pg_dump is version ${pgDump}, the server ${major}: an older pg_dump cannot read it`,
    {
      hint: `install the PostgreSQL ${major} client, or set MSR_PG_BIN to the directory that holds it`,
    },
  );
}

/** What the role needs beyond CONNECT: to read everything, and to wait out open inserts. */
async function checkPrivileges(session: Session): Promise<void> {
  const { rows } = await session.query<{
    role: string;
    reads: boolean;
    locks: boolean;
    missing: string | null;
  }>(
    `SELECT current_user AS role,
            bool_and(has_table_privilege(c.oid, 'SELECT')) AS reads,
            min(format('%I.%I', n.nspname, c.relname)) FILTER (WHERE NOT has_table_privilege(c.oid, 'SELECT'))
              AS missing,
            has_table_privilege('msr.cdc_event', CASE WHEN current_setting('server_version_num')::int >= 170000
              THEN 'UPDATE, DELETE, TRUNCATE, MAINTAIN' ELSE 'UPDATE, DELETE, TRUNCATE' END) AS locks
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'msr' AND c.relkind IN ('r', 'p', 'v')`,
  );
  const row = rows[0];
  if (row === undefined || row.reads === null) {
    throw new OperatorError('the database has no tables in schema msr', {
      hint: 'check the database name in MSR_DATABASE_URL; if the tables are lost, run `msr recover`',
    });
  }
  if (!row.reads)
    throw missingGrant(row.role, `SELECT on ${row.missing}`, `GRANT pg_read_all_data TO "${row.role}"`);
  if (row.locks) return;
  throw missingGrant(
    row.role,
    'LOCK … IN SHARE MODE on msr.cdc_event, which waits out open inserts at the cut',
    `GRANT MAINTAIN ON msr.cdc_event TO "${row.role}" (before PostgreSQL 17: GRANT TRUNCATE)`,
  );
}

function missingGrant(role: string, what: string, grant: string): OperatorError {
  return new OperatorError(`role ${role} lacks ${what}`, { hint: grant });
}

async function checkMaintenance(session: Session, { ignoreMaintenance, now }: BackupContext): Promise<void> {
  if (ignoreMaintenance === true) return;
  const { rows } = await session.query<{ value: string }>(
    `SELECT value FROM msr.configuration WHERE config_key = 'DATA_RETENTION_CRON_EXPRESSION'`,
  );
  const cron = rows[0]?.value ?? '';
  const minutes = minutesToMaintenance(cron, now ?? new Date());
  if (minutes === undefined) return;
  throw new OperatorError(
    `MSR's maintenance (${cron}, UTC) begins in ${minutes} min; it would wait for the dump`,
    {
      hint: 'take the backup after it, or use --ignore-maintenance: users then cannot replay while both run',
    },
  );
}

async function checkRoom(session: Session, { vault }: BackupContext): Promise<void> {
  const free = await vault.freeBytes();
  if (free === undefined) return;
  const { rows } = await session.query<{ bytes: string }>(
    'SELECT pg_database_size(current_database()) AS bytes',
  );
  const needed = Math.ceil(Number(rows[0]?.bytes) * DUMP_RATIO);
  if (free >= needed) return;
  throw new OperatorError(`${vault.url} has ${free} bytes free; the dump may need ${needed}`, {
    hint: 'free space there or point MSR_VAULT_URL to another place; nothing was stopped',
  });
}
