import type { ConnectClient } from '../clients/connect.ts';
import {
  describeServer,
  inTransaction,
  type Session,
  SqlState,
  sqlState,
  withSession,
} from '../clients/postgres.ts';
import { messageOf, OperatorError } from '../core/operator-error.ts';
import type { Progress } from '../core/progress.ts';
import {
  isDatabaseFailure,
  type LiveDatabase,
  liveDatabaseUrl,
  readFedDatabase,
  readLiveDatabase,
} from '../live/live-database.ts';
import { serverIdentity } from '../live/live-server.ts';
import { markOffsetsSet, readMarker } from '../live/marker.ts';
import type { Settings } from '../settings/settings.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { endBrokenOffCutover } from './broken-off-cutover.ts';
import { type FreezeRecord, readFreeze, updateFreeze } from './freeze-record.ts';
import { readMarkersTails, requireLogOfOffsets } from './log-of-offsets.ts';
import { isOvertaken, movedSince } from './overtaken.ts';
import { pointSinkAt } from './point-sink.ts';
import { decideResume, describeDecision, type ResumeDecision } from './resume-decision.ts';
import { alterAndReadBack, retryRebalance, sinkFound, waitForRunning } from './sink-control.ts';

export interface ResumeDeps {
  readonly connect: ConnectClient;
  readonly vault: Vault;
  readonly settings: Settings;
  readonly progress: Progress;
}

export interface ResumeOutcome {
  readonly decision: ResumeDecision['kind'];
  /** false: it runs no better than it was found (failed, paused, stopped), and could not be expected to. */
  readonly running: boolean;
  /** Somebody has moved the sink since the freeze began: it is as they want it. */
  readonly moved?: true;
}

/** For people: `<connector> …`. */
export function describeOutcome({ running, moved }: ResumeOutcome, { found }: FreezeRecord): string {
  if (moved === true) return `was moved by somebody else since it was frozen, and is left so`;
  return running ? 'runs again' : `is ${found}, as it was found`;
}

/**
 * The rule cannot be applied yet: the live database that a cutover moved, or may have moved, cannot be read.
 */
class ResumeMustWaitError extends OperatorError {
  override readonly name = 'ResumeMustWaitError';
}

/**
 * Applies the rule (resume-decision.ts) and returns when the sink runs. It may be repeated, and run by two
 * processes at once: the offsets of a marker are set in a transaction that holds the marker's row.
 * @throws ResumeMustWaitError, SinkNotRunningError; every failure may be answered by trying again
 */
export async function resumeSink(deps: ResumeDeps, record: FreezeRecord): Promise<ResumeOutcome> {
  const { connector } = record;
  const decision = await decide(deps, record);
  switch (decision.kind) {
    case 'wait':
      throw new ResumeMustWaitError(`${connector} stays stopped: ${decision.why}`, {
        hint: 'make the live database reachable; the next try, or the next backup or recovery, then resumes the sink at the right offsets',
      });
    case 'set-marker':
      await setMarkersOffsets(deps, connector);
      return await resumeAndWatch(deps.connect, connector, decision.kind, true);
    case 'set-correction':
      return await correct(deps, record);
    case 'as-is':
      return await leaveAsFound(deps, record, decision);
  }
}

async function decide({ settings, progress }: ResumeDeps, record: FreezeRecord): Promise<ResumeDecision> {
  const decision = decideResume(record, await liveDatabaseAtRest(settings, record));
  progress.note(`${record.connector} ${describeDecision(decision)}`);
  return decision;
}

/** A cutover that may still be under way is ended first, or what is read here may be over in a moment. */
async function liveDatabaseAtRest(
  settings: Settings,
  { purpose, cutover }: FreezeRecord,
): Promise<LiveDatabase> {
  if (purpose === 'backup') return await readFedDatabase(settings);
  try {
    if (cutover !== undefined) {
      await requireServerOf(cutover, settings);
      await endBrokenOffCutover(settings, { purpose, cutover });
    }
  } catch (error) {
    if (!(isDatabaseFailure(error) || error instanceof OtherServerError)) throw error;
    return { kind: 'unreadable', reason: messageOf(error) };
  }
  return await readLiveDatabase(settings);
}

/** Whoever is told of another target cannot see where the live name is now. */
class OtherServerError extends OperatorError {}

async function requireServerOf(
  { server }: NonNullable<FreezeRecord['cutover']>,
  { targetDatabaseUrl }: Settings,
): Promise<void> {
  if (server === undefined || (await serverIdentity(targetDatabaseUrl)) === server) return;
  throw new OtherServerError(`the cutover was to another server than ${describeServer(targetDatabaseUrl)}`, {
    hint: 'set MSR_TARGET_DATABASE_URL to the server that the recovery was told',
  });
}

async function leaveAsFound(
  { connect }: Pick<ResumeDeps, 'connect'>,
  { connector, found }: FreezeRecord,
  { target, mustRun }: Pick<Extract<ResumeDecision, { kind: 'as-is' }>, 'target' | 'mustRun'>,
): Promise<ResumeOutcome> {
  if (
    target === found &&
    movedSince(found, sinkFound(await retryRebalance(() => connect.status(connector))))
  ) {
    return { decision: 'as-is', running: false, moved: true };
  }
  if (target === 'STOPPED') return { decision: 'as-is', running: false };
  if (target === 'PAUSED') {
    await retryRebalance(() => connect.pause(connector));
    return { decision: 'as-is', running: false };
  }
  return await resumeAndWatch(connect, connector, 'as-is', mustRun);
}

async function resumeAndWatch(
  connect: ConnectClient,
  connector: string,
  decision: ResumeDecision['kind'],
  mustRun: boolean,
): Promise<ResumeOutcome> {
  await retryRebalance(() => connect.resume(connector));
  return { decision, running: await waitForRunning(connect, connector, { tolerateFailed: !mustRun }) };
}

/**
 * Holds the marker's row from the look until the commit, so that nobody rewinds a
 * sink that runs again already.
 */
async function setMarkersOffsets(deps: ResumeDeps, connector: string): Promise<void> {
  const { connect, settings, progress } = deps;
  const url = await liveDatabaseUrl(settings);
  await withSession(url, { purpose: 'set sink offsets' }, async (session) => {
    await limitWaits(session);
    await inTransaction(session, async () => {
      const marker = await readMarker(session, { lock: true }).catch(explainDenied);
      if (marker?.state !== 'pending') return;
      await requireMarkersLog(deps, connector, marker.recoveryId);
      await retryRebalance(() => connect.stop(connector));
      await pointSinkAt(connect, connector, marker.sinkServer);
      await alterAndReadBack(connect, connector, marker.offsets, progress.note);
      await markOffsetsSet(session, marker.recoveryId);
    });
  });
}

async function requireMarkersLog(
  deps: Pick<ResumeDeps, 'connect' | 'vault' | 'settings' | 'progress'>,
  connector: string,
  recoveryId: string,
): Promise<void> {
  await requireLogOfOffsets(deps, {
    tails: await readMarkersTails(deps.vault, recoveryId),
    whose: `recovery ${recoveryId}, whose offsets the sink is to be set to`,
    hint: `${byHand(deps.connect, connector)}; then UPDATE msr_recovery.marker SET offsets_set_at = now() WHERE recovery_id = '${recoveryId}' in the live database`,
  });
}

/** Which record the database lacks first, only a person can say who knows how the log was put back. */
function byHand({ url }: Pick<ConnectClient, 'url'>, connector: string): string {
  return `${connector} stays stopped, since its offsets mean nothing in this log: set them to the first records that the live database lacks (PATCH ${url}/connectors/${connector}/offsets)`;
}

function explainDenied(error: unknown): never {
  if (sqlState(error) !== SqlState.insufficientPrivilege) throw error;
  throw new OperatorError('the user of the URL may not change msr_recovery.marker in the live database', {
    hint: 'set MSR_TARGET_DATABASE_URL to a superuser of that server, as for a recovery',
    cause: error,
  });
}

/**
 * A process that dies without a word (power, network) must not hold the row for the
 * two hours of TCP's default.
 */
async function limitWaits(session: Session): Promise<void> {
  await session.query(`SET tcp_keepalives_idle = 5`);
  await session.query(`SET tcp_keepalives_interval = 5`);
  await session.query(`SET tcp_keepalives_count = 3`);
  await session.query(`SET lock_timeout = '60s'`);
  await session.query(`SET idle_in_transaction_session_timeout = '5min'`);
}

/** Where the sink has gone on since, its own offsets are right: a correction never sets it back. */
async function correct(deps: ResumeDeps, record: FreezeRecord): Promise<ResumeOutcome> {
  const { connect, progress } = deps;
  const { connector, found } = record;
  if (await setCorrection(deps, record)) {
    return await resumeAndWatch(connect, connector, 'set-correction', true);
  }
  progress.note(`${connector} has committed since it was frozen: the correction of then is not set`);
  return await leaveAsFound(deps, record, { target: found, mustRun: found === 'RUNNING' });
}

/**
 * Sets them like a marker's offsets, with the freeze record in the marker's place. Only one
 * process acts on a record.
 * @returns false where the sink has committed since: nothing is set
 */
async function setCorrection(deps: ResumeDeps, { connector, id }: FreezeRecord): Promise<boolean> {
  const { connect, vault, progress } = deps;
  const stored = await readFreeze(vault, connector);
  const correction = stored?.record.correction;
  if (stored?.record.id !== id || correction === undefined || correction.setAt !== undefined) return true;
  const overtaken = async () =>
    isOvertaken(correction, await retryRebalance(() => connect.offsets(connector)));
  if (await overtaken()) return false;
  await requireLogOfOffsets(deps, {
    tails: correction.tails,
    whose: 'the offsets that the sink is to be set to',
    hint: `${byHand(connect, connector)}; then delete ${VaultPath.freeze(connector)} in the vault`,
  });
  await retryRebalance(() => connect.stop(connector));
  // A sink that somebody has resumed commits what it has written when it is stopped.
  if (await overtaken()) {
    await retryRebalance(() => connect.resume(connector));
    return false;
  }
  await alterAndReadBack(connect, connector, correction.offsets, progress.note);
  await updateFreeze(vault, stored, { correction: { ...correction, setAt: new Date().toISOString() } });
  return true;
}
