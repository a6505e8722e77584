import { openTaskReporter } from '../clients/task-reporter.ts';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { readBackupPause } from '../settings/backup-pause.ts';
import { openEnvironment, withFreshSecrets } from '../settings/edge-environment.ts';
import { readSettings } from '../settings/settings.ts';
import { openVault } from '../vault/open-vault.ts';
import { startHeartbeats } from './heartbeats.ts';
import type { KnownTask, TaskContext } from './task-context.ts';
import { IGNORE_MAINTENANCE_VARIABLE, TASK_NAMES, type TaskName, TaskVariable } from './task-environment.ts';
import { taskProgress } from './task-progress.ts';

/**
 * How long a task may take to reach a safe place once its starter is dead; its
 * guardian resumes the sink anyway.
 */
const ORPHAN_GRACE_MS = 60_000;

/**
 * `msr task <name>`: one step of a backup or a recovery, as the state machine starts it. It reports its
 * end to whoever started it, and exits 0 only after success. It stops at the next safe place on SIGTERM,
 * when its starter dies, or when its execution is over.
 * @param tasks what there is to run, by name
 * @param args the name
 */
export async function taskMain(
  tasks: Readonly<Record<TaskName, KnownTask>>,
  [name]: readonly string[],
): Promise<void> {
  const env: Environment = process.env;
  const reporter = openTaskReporter(env[TaskVariable.taskToken]);
  const known = TASK_NAMES.find((candidate) => candidate === name);
  if (known === undefined) {
    await reporter.failure(unknownTask(name));
    process.exit(1);
  }
  const { run, cancelled } = tasks[known];
  const controller = new AbortController();
  abortOnSignals(controller, cancelled);
  const endHeartbeats = startHeartbeats({
    reporter,
    openVault: async () => openVault(readSettings(await openEnvironment(env)).vaultUrl),
    lockId: env[TaskVariable.lockId],
    onAbandoned: (reason) => controller.abort(reason),
    cancelled,
  });
  try {
    const output = await withFreshSecrets(env, (resolved) => run(openContext(resolved, controller.signal)));
    await reporter.success({ task: name, ...output });
    process.exitCode = 0;
  } catch (error) {
    await reporter.failure(error);
    process.exitCode = 1;
  } finally {
    endHeartbeats();
  }
  // The channel to the parent, and idle sockets of the clients, would keep the process alive.
  process.exit();
}

function unknownTask(name: string | undefined): OperatorError {
  return new OperatorError(`there is no task ${name ?? '(none was named)'}`, {
    hint: `the tasks are ${TASK_NAMES.join(', ')}; they are started by the state machines`,
  });
}

function openContext(env: Environment, signal: AbortSignal): TaskContext {
  const settings = readSettings(env);
  return {
    settings,
    vault: openVault(settings.vaultUrl),
    progress: taskProgress(),
    signal,
    operationId: required(env, TaskVariable.operationId),
    lockId: env[TaskVariable.lockId],
    ignoreMaintenance: env[IGNORE_MAINTENANCE_VARIABLE] === 'true',
    noPause: !readBackupPause(env),
  };
}

function required(env: Environment, variable: string): string {
  const value = env[variable];
  if (value !== undefined) return value;
  throw new OperatorError(`${variable} is not set`, {
    hint: 'the state machine sets it; a task is not started by hand',
  });
}

function abortOnSignals(controller: AbortController, reason: () => Error): void {
  const stop = () => controller.abort(reason());
  process.on('SIGTERM', stop);
  // Ctrl-C is for the starter, which stops its tasks in order.
  process.on('SIGINT', () => {});
  process.once('disconnect', () => {
    stop();
    setTimeout(() => process.exit(1), ORPHAN_GRACE_MS).unref();
  });
}
