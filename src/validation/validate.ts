import { type Session, withSession } from '../clients/postgres.ts';
import { type Progress, silentProgress } from '../core/progress.ts';
import {
  type CheckContext,
  type Finding,
  failed,
  findingOfConnection,
  findingOfError,
  oneRow,
  passed,
} from './check.ts';
import { checkConfiguration } from './checks/configuration.ts';
import { checkDigests, checkEvents } from './checks/events.ts';
import { checkJobs } from './checks/jobs.ts';
import { checkColumns, checkSchema } from './checks/schema.ts';
import { checkSnapshot } from './checks/snapshot.ts';
import { checkAggregate, checkHypertable, checkIndexes, checkRestoring } from './checks/timescale.ts';
import type { ValidationExpectation } from './expectation.ts';
import { type ValidationCheck, type ValidationReport, verdictOf } from './report.ts';

export interface ValidationOptions {
  readonly expected?: ValidationExpectation;
  /**
   * `structure` leaves out what reads every event (counts, digests): for the moments
   * while the sink stands still.
   * @default 'full'
   */
  readonly depth?: 'full' | 'structure';
  /** Is told each check as it begins: two of them read every event. @default nobody */
  readonly progress?: Progress;
}

const CHECKS: Readonly<Record<string, (context: CheckContext) => Promise<Finding>>> = {
  'seven tables': checkSchema,
  'columns of cdc_event': checkColumns,
  configuration: checkConfiguration,
  'restoring mode': checkRestoring,
  hypertable: checkHypertable,
  'continuous aggregate': checkAggregate,
  indexes: checkIndexes,
  events: checkEvents,
  'snapshot pointer': checkSnapshot,
  digests: checkDigests,
  jobs: checkJobs,
};

/**
 * The playbook's Post-Recovery Validation but for the functional test (api/test-api.ts).
 * Only reads; needs no superuser.
 * Never throws for what is wrong with the database: that is a check's outcome.
 */
export async function validateDatabase(
  url: string,
  { expected = {}, depth = 'full', progress = silentProgress }: ValidationOptions = {},
): Promise<ValidationReport> {
  let checks: readonly ValidationCheck[];
  try {
    checks = await withSession(url, { purpose: 'validate' }, async (session) => {
      await session.query('SET default_transaction_read_only = on');
      return runChecks(session, { expected, depth }, progress);
    });
  } catch (error) {
    checks = [{ name: 'connection', ...findingOfConnection(error) }];
  }
  return { checks, verdict: verdictOf(checks) };
}

async function runChecks(
  session: Session,
  options: Pick<CheckContext, 'expected' | 'depth'>,
  progress: Progress,
): Promise<ValidationCheck[]> {
  const extension = await readExtension(session);
  if (extension === undefined) {
    const fact = 'the database has no TimescaleDB extension';
    return [{ name: 'timescaledb', ...failed(fact, 'this is no MSR database; recover with `msr recover`') }];
  }
  const { edition, version } = extension;
  const checks: ValidationCheck[] = [
    { name: 'timescaledb', ...passed(`TimescaleDB ${version}, ${edition} edition`) },
  ];
  for (const [name, check] of Object.entries(CHECKS)) {
    progress.note(`check ${name}`);
    checks.push({ name, ...(await check({ session, edition, ...options }).catch(findingOfError)) });
  }
  return checks;
}

/**
 * A query that calls into TimescaleDB loads it; only then its settings, the licence among them, are known.
 */
async function readExtension(
  session: Session,
): Promise<{ version: string; edition: CheckContext['edition'] } | undefined> {
  const { rows } = await session.query<{ version: string }>(
    `SELECT extversion AS version FROM pg_extension WHERE extname = 'timescaledb'`,
  );
  const version = rows[0]?.version;
  if (version === undefined) return undefined;
  await session.query('SELECT FROM timescaledb_information.hypertables LIMIT 1');
  const { license } = await oneRow<{ license: string }>(
    session,
    `SELECT current_setting('timescaledb.license') AS license`,
  );
  return { version, edition: license === 'timescale' ? 'community' : 'apache' };
}
