import { type MsrApi, type MsrApiEndpoint, MsrApiError, msrApiClient } from '../../clients/msr-api.ts';
import { type Session, withSession } from '../../clients/postgres.ts';
import { count } from '../../core/activity.ts';
import { OperatorError } from '../../core/operator-error.ts';
import type { Progress } from '../../core/progress.ts';
import { type Finding, failed, findingOfConnection, notRun, passed, unverified } from '../check.ts';
import { type ValidationCheck, type Verdict, verdictOf } from '../report.ts';
import { closeTestSession, OtherDatabaseError, openTestSession, type TestSession } from './api-session.ts';
import { type Comparison, compareEvents, compareStates } from './compare-replay.ts';
import { compareSettings } from './compare-settings.ts';
import { findSpan, knownEntities, knownEvents, MOST_EVENTS, type ReplaySpan } from './known-replay.ts';

/** The playbook's functional test: what the MSR API serves of the live database. */
export interface ApiTest {
  readonly checks: readonly ValidationCheck[];
  /** recovered: the API serves what the database holds · not recovered: it does not. */
  readonly verdict: Verdict;
  /** What the test wrote, and what is left of it. */
  readonly wrote: string;
}

export interface ApiTestOptions {
  /** undefined: there is nothing to test by, which is never green. */
  readonly api: MsrApiEndpoint | undefined;
  /** Names the live database; its user reads schema msr. */
  readonly databaseUrl: string;
  readonly progress: Pick<Progress, 'note'>;
  readonly signal: AbortSignal;
  /** How long an API that is not ready is waited for. @default 0 */
  readonly patienceMs?: number;
  /** Keeps the id of a session that must be deleted, for whoever follows a process that dies. */
  readonly remember?: (sessionId: string) => Promise<void>;
}

/**
 * Creates a session, compares settings, the state of known entities and the newest events with the database,
 * ends and deletes the session. Whatever happens meanwhile, a cancellation too, the session is deleted.
 * Never throws for what API or database answer: that is a check's outcome.
 */
export async function testApi(options: ApiTestOptions): Promise<ApiTest> {
  const { api, databaseUrl } = options;
  if (api === undefined) return resultOf([{ name: 'MSR API', ...NO_API }], 'nothing');
  try {
    return await withSession(databaseUrl, { purpose: 'test the MSR API' }, async (database) => {
      await database.query('SET default_transaction_read_only = on');
      return await testWith(options, api, database);
    });
  } catch (error) {
    return resultOf([{ name: 'MSR API', ...findingOfConnection(error) }], 'nothing');
  }
}

const NO_API = unverified(
  'not tested: MSR_API_URL is not set',
  'set MSR_API_URL (and MSR_API_TOKEN, the bearer token of a user of its own), then `msr validate`',
);

function resultOf(checks: readonly ValidationCheck[], wrote: string): ApiTest {
  return { checks, verdict: verdictOf(checks), wrote };
}

async function testWith(
  options: ApiTestOptions,
  endpoint: MsrApiEndpoint,
  database: Session,
): Promise<ApiTest> {
  const api = msrApiClient(endpoint, options.signal);
  // What cleans up must not be cancelled.
  const cleaner = msrApiClient(endpoint);
  let session: TestSession | undefined;
  const checks: ValidationCheck[] = [];
  try {
    session = await open(options, api, database, (id) => {
      session = { id, foreign: false };
    });
    checks.push({ name: 'API session', ...passed(sessionFact(session)) });
    for (const [name, check] of Object.entries(CHECKS)) {
      options.signal.throwIfAborted();
      options.progress.note(`check ${name}`);
      checks.push({ name, ...(await check(api, database).catch(findingOfError)) });
    }
  } catch (error) {
    checks.push({ name: checks.length === 0 ? 'API session' : 'API test', ...findingOfError(error) });
  }
  if (session === undefined) return resultOf(checks, 'nothing');
  const end = await closeTestSession(cleaner, database, session);
  checks.push({ name: 'API session end', ...end });
  return resultOf(checks, session.foreign ? 'nothing' : `the session ${session.id}: ${end.fact}`);
}

async function open(
  { progress, signal, patienceMs = 0, remember }: ApiTestOptions,
  api: MsrApi,
  database: Session,
  opened: (id: string) => void,
): Promise<TestSession> {
  let told = false;
  return await openTestSession({
    ...{ api, database, signal, patienceMs },
    onWait: (why) => {
      if (!told) progress.note(`${why}; waiting for it, up to ${Math.round(patienceMs / 1000)} s`);
      told = true;
    },
    onOpened: async (id) => {
      opened(id);
      await remember?.(id);
    },
  });
}

function sessionFact({ id, foreign }: TestSession): string {
  return foreign
    ? `the API gave its user's session ${id}, which was there already`
    : `the API made the session ${id}, in the live database`;
}

const CHECKS: Readonly<Record<string, (api: MsrApi, database: Session) => Promise<Finding>>> = {
  'API settings': checkSettings,
  'API session status': checkSessionStatus,
  'API replay state': checkReplayState,
  'API replay events': checkReplayEvents,
};

async function checkSettings(api: MsrApi, database: Session): Promise<Finding> {
  const told = await api.settings();
  const { rows } = await database.query<{ key: string; value: string | null }>(
    'SELECT config_key AS key, value FROM msr.configuration',
  );
  const { compared, differences, untold } = compareSettings(
    told,
    new Map(rows.map(({ key, value }) => [key, value])),
  );
  if (differences.length > 0) {
    return failed(differences.join('; '), 'restart the MSR API: it goes by what it read before');
  }
  if (untold.length > 0) {
    return unverified(
      `the API does not tell ${untold.join(', ')}`,
      'compare them by hand with msr.configuration',
    );
  }
  return passed(`${compared} settings are those of the database`);
}

async function checkSessionStatus(api: MsrApi): Promise<Finding> {
  await api.sessionsStatus();
  return passed('the API tells the state of its sessions');
}

async function checkReplayState(api: MsrApi, database: Session): Promise<Finding> {
  return await compareReplay(database, 'entities', async (span) => {
    const known = await knownEntities(database, span);
    const told = await api.replayState(span.end);
    const comparison = compareStates(known, told);
    if (comparison.differences.length === 0) return comparison;
    // Late events may have come in between.
    return compareStates(await knownEntities(database, span), told);
  });
}

async function checkReplayEvents(api: MsrApi, database: Session): Promise<Finding> {
  return await compareReplay(database, 'events', async (span) => {
    const known = await knownEvents(database, span);
    const told = known && (await api.replayEvents(span.start, span.end));
    if (known === undefined || told === undefined) return undefined;
    const comparison = compareEvents(known, told);
    if (comparison.differences.length === 0) return comparison;
    const again = await knownEvents(database, span);
    return again && compareEvents(again, told);
  });
}

const SHOWN = 3;
/** A comparison that an event has overtaken twice in a row is none that anybody would blame on that. */
const ATTEMPTS = 2;

async function compareReplay(
  database: Session,
  what: string,
  compare: (span: ReplaySpan) => Promise<Comparison | undefined>,
): Promise<Finding> {
  let difference: Finding | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const span = await findSpan(database);
    if (span === undefined) return notRun('there are no events to replay');
    const comparison = await compare(span);
    if (comparison === undefined) return tooMany(span);
    const { compared, differences } = comparison;
    if (compared === 0 && differences.length === 0) return nothingKnown(what);
    if (differences.length === 0)
      return passed(`${count(compared)} ${what} are as in the database, ${spanText(span)}`);
    difference = different(what, comparison, span);
  }
  return difference ?? nothingKnown(what);
}

function spanText({ start, end }: ReplaySpan): string {
  return `${start} to ${end}`;
}

function different(what: string, { differences }: Comparison, span: ReplaySpan): Finding {
  const more = differences.length > SHOWN ? `; and ${differences.length - SHOWN} more` : '';
  return failed(
    `of the ${what} from ${spanText(span)}: ${differences.slice(0, SHOWN).join('; ')}${more}`,
    'restart the MSR API, which may hold what it read before; then `msr validate`. The database itself is what its own checks say',
  );
}

function nothingKnown(what: string): Finding {
  return unverified(`no ${what} are known whose replay is certain`, 'look at some of them in MSR itself');
}

function tooMany(span: ReplaySpan): Finding {
  return unverified(
    `more than ${count(MOST_EVENTS)} events lie from ${spanText(span)}`,
    'look at some of them in MSR itself',
  );
}

/** What the API answers wrongly has failed; what keeps us from asking it says nothing. */
function findingOfError(error: unknown): Finding {
  if (error instanceof OtherDatabaseError) return failed(error.message, error.hint);
  if (error instanceof MsrApiError && error.status >= 500) return failed(error.message, error.hint);
  if (error instanceof OperatorError) return unverified(error.message, error.hint);
  if (error instanceof Error && error.name === 'AbortError') {
    return unverified('the test was cancelled', 'run `msr validate`');
  }
  return findingOfConnection(error);
}
