/**
 * The environment that a recovery's state machine gives to its Fargate tasks: written by the construct, read by
 * the task. Nothing secret: where things are and their credentials come from the settings.
 */
export const TaskVariable = {
  /** Under this token the task reports success, failure and heartbeats. */
  taskToken: 'MSR_TASK_TOKEN',
  recoveryId: 'MSR_RECOVERY_ID',
  /** The id of the operation lock that the recovery runs under. */
  lockId: 'MSR_LOCK_ID',
} as const;

/** The recovery's tasks, as `msr task <name>` knows them and the state machine's overrides call them. */
export const TASK_NAMES = ['restore', 'replay', 'cut-over', 'undo'] as const;
export type TaskName = (typeof TASK_NAMES)[number];

/** How long a task may be silent before Step Functions takes it for dead. */
export const TASK_HEARTBEAT_TIMEOUT_SECONDS = 300;
/** Ten of them fit into the timeout: a blocked event loop of a minute kills nothing. */
export const TASK_HEARTBEAT_INTERVAL_SECONDS = 30;
