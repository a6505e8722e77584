import { removeLeftovers, removeOrphans } from '../backup/preflight/leftovers.ts';
import { openStrategy } from '../baselines/strategies.ts';
import type { ConnectClient } from '../clients/connect.ts';
import type { TaskControl } from '../clients/ecs-tasks.ts';
import { describeError } from '../core/operator-error.ts';
import type { Progress } from '../core/progress.ts';
import { type FreezeRecord, readFreeze } from '../freeze/freeze-record.ts';
import { recoverStaleFreeze } from '../freeze/stale-freeze.ts';
import { listBackups } from '../manifest/catalogue.ts';
import { readDamage, readVerification } from '../manifest/verification.ts';
import { dropScratchesOfKilled } from '../recovery/rehearsal/scratch.ts';
import type { Settings } from '../settings/settings.ts';
import { acquireLock, currentOwner, LockHeldError, releaseLock, renewLock } from '../vault/lock.ts';
import { describeOwner, type LockOwner } from '../vault/lock-owner.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import type { Vault } from '../vault/vault.ts';
import { isOfEnded, type LockSituation, mayResume, tasksToStop } from './decisions.ts';
import type { Incident } from './incident.ts';
import type { JanitorReport } from './page.ts';

export interface JanitorDeps {
  readonly settings: Settings;
  readonly vault: Vault;
  readonly connect: ConnectClient;
  readonly tasks: TaskControl;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Calls the janitor again for a freeze that it could not end. @returns when */
  readonly callAgain: (record: FreezeRecord, attempt: number) => Promise<Date>;
}

/** A task that was told to stop a moment ago may be about to end its freeze itself. */
const GRACE_MS = 5000;

/** The lock that the janitor works under; `id` is undefined where another operation holds it. */
interface JanitorLock {
  readonly situation: LockSituation;
  readonly id: string | undefined;
  readonly owner: LockOwner | undefined;
}

/**
 * Puts in order what an operation left that can no longer do so itself: stops its tasks, makes the sink run
 * by the one rule, removes what an aborted backup stored, gives its lock back. In this order: nobody may act
 * on the sink beside a task that perhaps still does, and no other operation may begin before.
 * @throws TaskNotStoppedError, and what AWS and the vault throw: call it again
 */
export async function cleanUp(deps: JanitorDeps, incident: Incident): Promise<JanitorReport> {
  const lock = await workUnderLock(deps, incident);
  const done: string[] = [];
  for (const { arn } of tasksToStop(incident, await deps.tasks.running(), lock.id)) {
    await deps.tasks.stop(arn, 'the execution that started it is over');
    done.push(`stopped the task ${arn.slice(arn.lastIndexOf('/') + 1)}`);
  }
  const graceMs = done.length === 0 ? 0 : GRACE_MS;
  const sink = await seeToSink(deps, incident, lock, graceMs);
  if ('resumed' in sink && sink.resumed) done.push(`resumed ${deps.settings.sinkConnector}`);
  if (incident.kind === 'execution ended' && lock.id !== undefined) {
    done.push(...(await leftovers(deps)));
    await releaseLock(deps.vault, lock.id);
    if (lock.situation === 'dead') done.push('gave back the lock of the execution');
  }
  return { done, sink, lastGood: await lastGood(deps.vault) };
}

/**
 * Kept from running out, or taken, while the janitor works after an execution; one
 * that goes on keeps its own.
 */
async function workUnderLock(
  { vault, progress, signal }: JanitorDeps,
  incident: Incident,
): Promise<JanitorLock> {
  const owner = await currentOwner(vault);
  // A guardian, or a task that stopped, answers for its own freeze, whoever holds the lock.
  if (incident.kind !== 'execution ended') {
    return { situation: owner === undefined ? 'free' : 'another', id: undefined, owner };
  }
  if (isOfEnded(incident, owner) && (await renewLock(vault, owner.id))) {
    return { situation: 'dead', id: owner.id, owner };
  }
  try {
    const { id } = await acquireLock(vault, {
      ...{ purpose: 'cleanup', executionArn: incident.executionArn },
      ...{ signal, onWatch: tellWatch(progress) },
    });
    return { situation: 'free', id, owner: undefined };
  } catch (error) {
    // Somebody was quicker: that operation lives.
    if (!(error instanceof LockHeldError)) throw error;
    return { situation: 'another', id: undefined, owner: error.owner };
  }
}

/** @param graceMs how long a task that was stopped a moment ago may still be ending its freeze */
async function seeToSink(
  deps: JanitorDeps,
  incident: Incident,
  lock: JanitorLock,
  graceMs: number,
): Promise<JanitorReport['sink']> {
  const { connect, vault, settings } = deps;
  const connector = settings.sinkConnector;
  const freeze = (await readFreeze(vault, connector))?.record;
  if (!mayResume(incident, freeze, lock.situation)) {
    if (incident.kind !== 'execution ended') return { state: 'untouched' };
    return {
      state: 'left to another operation',
      by: lock.owner === undefined ? '' : describeOwner(lock.owner),
    };
  }
  try {
    await recoverStaleFreeze(deps, connector, { guardianGraceMs: graceMs });
    const status = await connect.status(connector);
    const state = status.connector === 'RUNNING' ? 'running' : 'as it was found';
    return { state, resumed: freeze !== undefined };
  } catch (error) {
    const why = describeError(error);
    return freeze === undefined ? { state: 'unknown', why } : await tryLater(deps, incident, freeze, why);
  }
}

async function tryLater(
  { callAgain, progress }: JanitorDeps,
  incident: Incident,
  freeze: FreezeRecord,
  why: string,
): Promise<JanitorReport['sink']> {
  const attempt = incident.kind === 'guardian fired' ? incident.attempt : 0;
  try {
    const again = await callAgain(freeze, attempt + 1);
    return { state: 'stands still', why, triedAgainAt: again.toISOString() };
  } catch (error) {
    // People must hear of the sink, whatever becomes of the next call.
    progress.note(`the janitor cannot be called again: ${describeError(error)}`);
    return { state: 'stands still', why, triedAgainAt: undefined };
  }
}

/** What cannot be removed is told: a snapshot that nobody knows of costs money. */
async function leftovers(deps: JanitorDeps): Promise<string[]> {
  const removed: string[] = [];
  const note = (message: string) => {
    removed.push(message.replace(/^removing/, 'removed'));
    deps.progress.note(message);
  };
  const { settings, vault, signal } = deps;
  const ctx = { settings, vault, signal, progress: { ...deps.progress, note } };
  await removeLeftovers(ctx);
  try {
    await removeOrphans(ctx, await openStrategy(settings.strategy));
  } catch (error) {
    note(`what aborted backups left outside the vault stays until the next backup: ${describeError(error)}`);
  }
  try {
    for (const name of await dropScratchesOfKilled(settings)) note(`removing ${name}, left by a rehearsal`);
  } catch (error) {
    deps.progress.note(`what a rehearsal left stays until the next one: ${describeError(error)}`);
  }
  return removed;
}

async function lastGood(vault: Vault): Promise<JanitorReport['lastGood']> {
  for (const entry of await listBackups(vault)) {
    if (entry.state !== 'complete') continue;
    const { id, cut } = entry.manifest;
    const verification = await readVerification(vault, id);
    if (verification?.verdict === 'damaged' || (await readDamage(vault, id)).length > 0) continue;
    return { id, cutAt: cut.takenAt, verified: verification !== undefined };
  }
  return undefined;
}
