import { DatabaseConnectionError, SqlState, sqlState } from '../clients/postgres.ts';
import { databaseName } from '../clients/postgres-url.ts';
import type { StrategyName } from '../core/strategy-name.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { judgeConfiguration } from '../validation/checks/configuration.ts';
import { type DoctorCheck, notChecked, ok } from './doctor-report.ts';
import { checkOfError, type Look, seenOf } from './look.ts';
import type { DatabaseFacts } from './look-at-database.ts';

/** PostgreSQL 14 brought pg_read_all_data; TimescaleDB 2.10 no longer runs on older servers either. */
const OLDEST_POSTGRES = 14;

/** These take a CHECKPOINT at the cut. */
const VOLUME_STRATEGIES: ReadonlySet<string> = new Set([
  'ebs',
  'kubernetes',
  'hybrid',
] satisfies StrategyName[]);

export interface DatabaseAccess {
  /** MSR_DATABASE_URL, for the names in a GRANT. */
  readonly url: string | undefined;
  readonly strategy: string;
}

/** The live database as the role of backups sees it. Pure. */
export function databaseChecks(
  database: Look<DatabaseFacts>,
  { url, strategy }: DatabaseAccess,
): DoctorCheck[] {
  if ('error' in database) {
    const why = 'the database cannot be used';
    return [
      connectionCheck(database.error, url),
      notChecked('backup role', why),
      notChecked('database contents', why),
      notChecked('configuration', why),
    ];
  }
  const facts = database.seen;
  const volumes = VOLUME_STRATEGIES.has(strategy) ? [checkpointCheck(facts, strategy)] : [];
  return [
    reachedCheck(facts),
    contentCheck(facts),
    configurationCheck(facts),
    roleCheck(facts),
    ...jobsCheck(facts),
    ...volumes,
  ];
}

function connectionCheck(error: unknown, url: string | undefined): DoctorCheck {
  const check = checkOfError('database', error);
  const cause = error instanceof DatabaseConnectionError ? error.cause : undefined;
  if (url === undefined || sqlState(cause) !== SqlState.insufficientPrivilege) return check;
  const role = decodeURIComponent(new URL(url).username);
  return {
    ...check,
    hint: 'the role may not connect: run this as the owner of the database',
    commands: [`GRANT CONNECT ON DATABASE "${databaseName(url)}" TO "${role}";`],
  };
}

function reachedCheck({ where, role, server }: DatabaseFacts): DoctorCheck {
  if ('error' in server) return checkOfError('database', server.error);
  const { postgresVersion, timescaledbVersion, edition } = server.seen;
  const fact = `${where} as ${role}: PostgreSQL ${postgresText(postgresVersion)}, TimescaleDB ${timescaledbVersion} (${edition} edition)`;
  if (Math.floor(postgresVersion / 10_000) < OLDEST_POSTGRES) {
    return {
      name: 'database',
      outcome: 'failed',
      fact,
      hint: `PostgreSQL ${OLDEST_POSTGRES} or later is needed: update the server`,
    };
  }
  if (edition === 'community') return ok('database', fact);
  return {
    name: 'database',
    outcome: 'warning',
    fact,
    hint: 'in the Apache edition there is no continuous aggregate and no columnstore, which a full MSR has; backups and recoveries work',
  };
}

function contentCheck({ whole, bytes }: DatabaseFacts): DoctorCheck {
  if ('error' in whole) return checkOfError('database contents', whole.error);
  return ok('database contents', `schema msr is there, on a primary; ${Math.ceil(bytes / 1e6)} MB in all`);
}

/** With a wrong value a recovery is refused, and maintenance fails or drops what is needed. */
function configurationCheck({ configuration }: DatabaseFacts): DoctorCheck {
  const name = 'configuration';
  if ('error' in configuration) return checkOfError(name, configuration.error, 'could not verify');
  const { outcome, fact, hint } = judgeConfiguration(configuration.seen);
  if (outcome !== 'failed') return ok(name, fact);
  return { name, outcome, fact, ...(hint === undefined ? {} : { hint }) };
}

/** PostgreSQL 17.12 refuses to drop a portal that TimescaleDB 2.22 to 2.29 has only begun to make. */
const PORTAL_ERROR = 'cannot drop portal "" while it is being set up';

/** Whether a job ended in it, after its work was done. */
export function isPortalFault(message: string): boolean {
  return message.includes(PORTAL_ERROR);
}

function jobsCheck({ server, jobErrors }: DatabaseFacts): DoctorCheck[] {
  if ('error' in server) return [];
  const { postgresVersion, timescaledbVersion, edition } = server.seen;
  const seen = seenOf(jobErrors)?.includes(PORTAL_ERROR) === true;
  if (!seen && !(edition === 'community' && hasPortalFault(postgresVersion, timescaledbVersion))) return [];
  return [
    {
      name: 'background jobs',
      outcome: 'warning',
      fact: `with TimescaleDB ${timescaledbVersion} on PostgreSQL ${postgresText(postgresVersion)} every background job ends '${PORTAL_ERROR}' after its work is committed${seen ? ', as some have here' : ''}`,
      hint: 'their work is done all the same, and they are repeated later and later: judge them by what they did, not by job_stats, and update TimescaleDB to a version that is made for this server',
    },
  ];
}

/** Known of no other versions; whoever meets it in others has its jobs' errors to show. */
function hasPortalFault(postgresVersion: number, timescaledbVersion: string): boolean {
  const [major = 0, minor = 0] = timescaledbVersion.split('.').map(Number);
  const server = postgresVersion >= 170_012 && postgresVersion < 180_000;
  return server && major === 2 && minor >= 22 && minor <= 29;
}

function roleCheck({ missing, role, server }: DatabaseFacts): DoctorCheck {
  const name = 'backup role';
  if ('error' in missing) return checkOfError(name, missing.error, 'could not verify');
  if (missing.seen.length === 0) return ok(name, `${role} may read everything and lock msr.cdc_event`);
  const grants = missing.seen.map(({ grant }) => `${grant};`);
  const before17 = 'seen' in server && server.seen.postgresVersion < 170_000;
  return {
    name,
    outcome: 'failed',
    fact: `${role} lacks ${missing.seen.map(({ what }) => what).join(', and ')}`,
    hint: 'run this in the database, as a superuser; docs/database-roles.sql has all roles',
    commands: before17 ? grants.map((grant) => grant.replace('MAINTAIN', 'TRUNCATE')) : grants,
  };
}

function checkpointCheck({ mayCheckpoint, role }: DatabaseFacts, strategy: string): DoctorCheck {
  const name = 'checkpoint';
  if ('error' in mayCheckpoint) return checkOfError(name, mayCheckpoint.error, 'could not verify');
  if (mayCheckpoint.seen)
    return ok(name, `${role} may CHECKPOINT, as the strategy ${strategy} does at the cut`);
  return {
    name,
    outcome: 'failed',
    fact: `${role} may not CHECKPOINT, which the strategy ${strategy} does at the cut`,
    hint: 'run this as a superuser (before PostgreSQL 15 only a superuser may take one)',
    commands: [`GRANT pg_checkpoint TO "${role}";`],
  };
}

/** `17.5` of 170005. */
export function postgresText(version: Manifest['server']['postgresVersion']): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}
