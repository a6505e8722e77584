import { DatabaseConnectionError, withSession } from '../../../clients/postgres.ts';
import { hostAndPort, withDatabase } from '../../../clients/postgres-url.ts';
import { poll } from '../../../core/poll.ts';
import type { Progress } from '../../../core/progress.ts';
import { EbsRestoreError } from './restore-error.ts';

export interface RestoredServerQuery {
  /** A URL of the server that the volumes come up on; its database does not matter. Never printed. */
  readonly targetUrl: string;
  /** When the last of the volumes was made: whatever has run for longer is not on them. */
  readonly madeAt: Date;
}

/** silent: nothing answers, or not as a restored server would. */
type ServerLook =
  | { readonly kind: 'restored'; readonly workers: string | null }
  | { readonly kind: 'older'; readonly startedAt: Date }
  | { readonly kind: 'silent'; readonly error: DatabaseConnectionError };

const SERVER = `SELECT pg_postmaster_start_time() AS started,
  current_setting('timescaledb.max_background_workers', true) AS workers`;

async function look({ targetUrl, madeAt }: RestoredServerQuery): Promise<ServerLook> {
  const url = withDatabase(targetUrl, 'postgres');
  try {
    const { rows } = await withSession(url, { purpose: 'restored volumes' }, (session) =>
      session.query<{ started: Date; workers: string | null }>(SERVER),
    );
    const [row] = rows;
    // The system identifier is the live server's: a start after the volumes were made tells the two apart.
    if (row === undefined || row.started < madeAt) {
      return { kind: 'older', startedAt: row?.started ?? new Date(0) };
    }
    return { kind: 'restored', workers: row.workers };
  } catch (error) {
    if (error instanceof DatabaseConnectionError) return { kind: 'silent', error };
    throw error;
  }
}

/** Whether the server there answers, and has started since the volumes were made. */
export async function runsOn(query: RestoredServerQuery): Promise<boolean> {
  return (await look(query)).kind === 'restored';
}

/** Whether what answers there has started since, or cannot be asked. */
export async function mayRunOn(query: RestoredServerQuery): Promise<boolean> {
  const seen = await look(query);
  return seen.kind === 'silent' ? seen.error.reason !== 'unreachable' : seen.kind === 'restored';
}

/** Whether anything at all answers there: a refusal does, too. */
export async function somethingAnswers(query: RestoredServerQuery): Promise<boolean> {
  const seen = await look(query);
  return seen.kind !== 'silent' || seen.error.reason !== 'unreachable';
}

export interface ServerWait {
  readonly deadlineMs: number;
  /** Between two looks, milliseconds. */
  readonly everyMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Waits until the server on the volumes answers: crash recovery of a large database takes a while.
 * @throws DatabaseConnectionError at once for what waiting does not mend; EbsRestoreError at once where the
 *   server is another one or its jobs run, and with the last refusal at the deadline
 */
export async function awaitServer(query: RestoredServerQuery, wait: ServerWait): Promise<void> {
  const where = hostAndPort(query.targetUrl);
  let refusal = '';
  wait.progress.note(`waiting for PostgreSQL on the restored volumes at ${where}`);
  const seen = await poll(
    async () => {
      const found = await look(query);
      if (found.kind !== 'silent') return found;
      if (!mayPass(found.error)) throw found.error;
      // 'the database system is starting up' and the like: what crash recovery looks like from outside.
      if (found.error.message !== refusal) wait.progress.note(found.error.message);
      refusal = found.error.message;
      return undefined;
    },
    { deadlineMs: wait.deadlineMs, intervalMs: wait.everyMs, signal: wait.signal },
  );
  if (seen === undefined) {
    throw new EbsRestoreError(
      `no server on the restored volumes after ${Math.round(wait.deadlineMs / 60_000)} min: ${refusal}`,
      { hint: "see PostgreSQL's log on the recovery instance; run it again: it goes on from here" },
    );
  }
  refuse(seen, where, query.madeAt);
}

function mayPass({ reason }: DatabaseConnectionError): boolean {
  return reason === 'unreachable' || reason === 'refused';
}

function refuse(seen: Exclude<ServerLook, { kind: 'silent' }>, where: string, madeAt: Date): void {
  if (seen.kind === 'older') {
    throw new EbsRestoreError(
      `the server at ${where} runs since ${seen.startedAt.toISOString()}, and the volumes were made at ${madeAt.toISOString()}: it is not on them`,
      {
        hint: 'is MSR_TARGET_DATABASE_URL the recovery instance? If so, let restore.commands stop the server that is there',
      },
    );
  }
  if (seen.workers === null || seen.workers === '0') return;
  throw new EbsRestoreError(
    `the restored server at ${where} has timescaledb.max_background_workers = ${seen.workers}: its retention may drop what is to be recovered`,
    {
      hint: 'stop it, remove the volumes with --discard, set it to 0 in restore.commands, and restore again',
    },
  );
}
