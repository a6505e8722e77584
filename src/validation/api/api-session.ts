import { setTimeout as sleep } from 'node:timers/promises';
import { type MsrApi, MsrApiError } from '../../clients/msr-api.ts';
import type { Session } from '../../clients/postgres.ts';
import { failpoint } from '../../core/failpoint.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type Finding, failed, passed, unverified } from '../check.ts';

/** The API answers, and writes to another database than the live one. */
export class OtherDatabaseError extends OperatorError {
  override readonly name = 'OtherDatabaseError';
}

/** The session that the test works with. */
export interface TestSession {
  readonly id: string;
  /** Somebody else's: a user has one active session, and the token's user had it before. */
  readonly foreign: boolean;
}

export interface OpenSessionOptions {
  readonly api: MsrApi;
  /** To the live database, read-only. */
  readonly database: Session;
  readonly signal: AbortSignal;
  /** How long an API that is not ready, or still uses the database before, is waited for. */
  readonly patienceMs: number;
  readonly onWait: (why: string) => void;
  /** Is told the id before anything else is done with it. */
  readonly onOpened: (id: string) => Promise<void>;
}

const INTERVAL_MS = 1_000;

/**
 * A session by the API, found in the live database: so the API works on that one and on no other.
 * @throws MsrApiError, OtherDatabaseError after the patience is over; an abort's reason
 */
export async function openTestSession(options: OpenSessionOptions): Promise<TestSession> {
  const deadline = performance.now() + options.patienceMs;
  for (;;) {
    try {
      return await tryToOpen(options);
    } catch (error) {
      if (!mayPass(error) || performance.now() + INTERVAL_MS > deadline) throw error;
      options.onWait(error.message);
      await sleep(INTERVAL_MS, undefined, { signal: options.signal });
    }
  }
}

function mayPass(error: unknown): error is Error {
  if (error instanceof OtherDatabaseError) return true;
  return error instanceof MsrApiError && (error.status === 0 || error.status >= 500);
}

async function tryToOpen({ api, database, onOpened }: OpenSessionOptions): Promise<TestSession> {
  await api.health();
  await api.readiness();
  const before = await sessionIds(database);
  const id = await api.createSession();
  if (before.has(id)) return { id, foreign: true };
  await onOpened(id);
  failpoint('api-session.after');
  if ((await statusOf(database, id)) !== undefined) return { id, foreign: false };
  await api.deleteSession(id).catch(() => {});
  throw new OtherDatabaseError(
    `the MSR API at ${api.url} made its session in another database than the live one`,
    {
      hint: 'restart the MSR API, or point it to the live database (its secret tells where it is); then `msr validate`',
    },
  );
}

async function sessionIds(database: Session): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ id: string }>('SELECT id::text AS id FROM msr.session');
  return new Set(rows.map(({ id }) => id));
}

/** undefined: there is no such session. */
async function statusOf(database: Session, id: string): Promise<string | undefined> {
  const { rows } = await database.query<{ status: string }>(
    'SELECT status FROM msr.session WHERE id::text = $1',
    [id],
  );
  return rows[0]?.status;
}

/**
 * Ends and deletes the session of the test, whatever was found until then.
 * Never throws: what is left is told.
 * @param api without the signal of the test: a cancelled one cleans up, too
 */
export async function closeTestSession(
  api: MsrApi,
  database: Session,
  { id, foreign }: TestSession,
): Promise<Finding> {
  if (foreign) {
    return unverified(
      `the session ${id} was there before the test, and was left alone`,
      'let MSR_API_TOKEN be the token of a user of its own: MSR gives each user one active session',
    );
  }
  const before = await statusOf(database, id).catch(() => undefined);
  const terminated = await refusal(() => api.terminateSession(id));
  const ended = await statusOf(database, id).catch(() => undefined);
  const deleted = await refusal(() => api.deleteSession(id));
  const left = await statusOf(database, id).catch(() => 'unknown: the database does not answer');
  if (left !== undefined && deleted !== undefined) {
    return failed(
      `the session ${id} could not be deleted: ${deleted}`,
      `delete it: DELETE FROM msr.session WHERE id = '${id.replaceAll("'", "''")}'`,
    );
  }
  if (terminated !== undefined) {
    return failed(
      `the session could not be ended: ${terminated}`,
      "it was deleted all the same; see the API's log",
    );
  }
  if (ended !== undefined && ended === before) {
    return failed(`the session was ended, and is still ${ended} in the database`, "see the API's log");
  }
  const rest = left === undefined ? 'nothing is left of it' : `its row stays, as ${left}`;
  return passed(`the session was ended and deleted: ${rest}`);
}

async function refusal(call: () => Promise<void>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof MsrApiError) return error.message;
    throw error;
  }
}
