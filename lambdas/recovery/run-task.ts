import type { TaskMessage } from '../clients/task-messages.ts';
import { openTaskReporter, type TaskReporter } from '../clients/task-reporter.ts';
import { OperatorError } from '../operator-error.ts';
import { type Progress, silentProgress } from '../progress.ts';
import { type Environment, readSettings, type Settings, withDatabase } from '../settings.ts';
import { assertLockHeld, renewLock } from '../vault/lock.ts';
import { openVault } from '../vault/open-vault.ts';
import type { RecoveryContext } from './context.ts';
import { cutOverTask } from './cut-over.task.ts';
import { RecoveryCancelledError } from './recovery-errors.ts';
import { replayTask } from './replay.task.ts';
import { restoreTask } from './restore.task.ts';
import {
  TASK_HEARTBEAT_INTERVAL_SECONDS,
  TASK_NAMES,
  type TaskName,
  TaskVariable,
} from './task-environment.ts';
import { undoTask } from './undo.task.ts';
import { bothProgress, vaultProgress } from './vault-progress.ts';

const TASKS: Readonly<Record<TaskName, (ctx: RecoveryContext) => Promise<void>>> = {
  restore: restoreTask,
  replay: replayTask,
  'cut-over': cutOverTask,
  undo: undoTask,
};

/** How long a task may take to reach a safe place once its starter is dead; its guardian resumes the sink anyway. */
const ORPHAN_GRACE_MS = 60_000;

/**
 * `msr task <name>`: one step of a recovery, as the state machine starts it. It reports its end to whoever started
 * it, stops at the next safe place on SIGTERM or when its starter dies, and exits 0 only after success.
 */
export async function taskMain(args: readonly string[]): Promise<void> {
  const reporter = openTaskReporter(process.env[TaskVariable.taskToken]);
  const stop = stopSignal();
  const heartbeats = startHeartbeats(reporter, process.env);
  try {
    const name = taskName(args[0]);
    const ctx = await openContext(process.env, stop);
    await TASKS[name](ctx);
    await reporter.success({ task: name });
    process.exitCode = 0;
  } catch (error) {
    await reporter.failure(error);
    process.exitCode = 1;
  } finally {
    clearInterval(heartbeats);
  }
  // The channel to the parent, and idle sockets of the clients, would keep the process alive.
  process.exit();
}

function taskName(name: string | undefined): TaskName {
  const known = TASK_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw new OperatorError(`there is no task ${name ?? '(none was named)'}`, {
    hint: `the recovery's tasks are ${TASK_NAMES.join(', ')}; they are started by the state machine`,
  });
}

/** @throws LockLostError where the recovery that started this task no longer holds the lock */
async function openContext(env: Environment, signal: AbortSignal): Promise<RecoveryContext> {
  const settings = fromMaintenanceDatabase(readSettings(env));
  const vault = openVault(settings.vaultUrl);
  const lockId = required(env, TaskVariable.lockId);
  const recoveryId = required(env, TaskVariable.recoveryId);
  const ctx: RecoveryContext = {
    settings,
    vault,
    progress: bothProgress(parentProgress(), vaultProgress(vault, recoveryId)),
    signal,
    recoveryId,
    assertLockHeld: () => assertLockHeld(vault, lockId),
  };
  await ctx.assertLockHeld();
  return ctx;
}

/** The target's URL may name the very database that is gone: only its server is meant. */
function fromMaintenanceDatabase(settings: Settings): Settings {
  return { ...settings, targetDatabaseUrl: withDatabase(settings.targetDatabaseUrl, 'postgres') };
}

function required(env: Environment, variable: string): string {
  const value = env[variable];
  if (value !== undefined) return value;
  throw new OperatorError(`${variable} is not set`, {
    hint: 'the state machine sets it; a task is not started by hand',
  });
}

function parentProgress(): Progress {
  if (process.send === undefined) return silentProgress;
  const send = (message: TaskMessage) => void process.send?.(message);
  return {
    note: (message) => send({ type: 'note', message }),
    update: (update) => send({ type: 'update', update }),
  };
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(new RecoveryCancelledError());
  process.on('SIGTERM', stop);
  // Ctrl-C is for the starter, which stops its tasks in order.
  process.on('SIGINT', () => {});
  process.once('disconnect', () => {
    stop();
    setTimeout(() => process.exit(1), ORPHAN_GRACE_MS).unref();
  });
  return controller.signal;
}

/** Shows that this task lives, and that its recovery still holds the lock. */
function startHeartbeats(reporter: TaskReporter, env: Environment): NodeJS.Timeout {
  const beat = async () => {
    await reporter.heartbeat();
    const { MSR_VAULT_URL: vaultUrl, [TaskVariable.lockId]: lockId } = env;
    if (vaultUrl !== undefined && lockId !== undefined) await renewLock(openVault(vaultUrl), lockId);
  };
  // A beat that does not get through is noticed by whoever misses it.
  return setInterval(() => void beat().catch(() => {}), TASK_HEARTBEAT_INTERVAL_SECONDS * 1000);
}
