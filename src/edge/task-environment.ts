/**
 * The environment that a state machine gives to its Fargate tasks: written by the construct, read by the
 * task. Nothing secret: where things are and their credentials come from the settings.
 */
export const TaskVariable = {
  /** The token under which the task reports success, failure and heartbeats. */
  taskToken: 'MSR_TASK_TOKEN',
  /** The backup's or the recovery's id; it is the task's `startedBy`, too. */
  operationId: 'MSR_OPERATION_ID',
  /** The id of the operation lock that the execution holds; a task that only reads needs none. */
  lockId: 'MSR_LOCK_ID',
} as const;

/** The backup's task alone has it: `true` where whoever asked for it said so. */
export const IGNORE_MAINTENANCE_VARIABLE = 'MSR_IGNORE_MAINTENANCE';

/** The tasks as `msr task <name>` knows them and the state machines' overrides call them. */
export const RECOVERY_TASK_NAMES = [
  'compare',
  'prepare',
  'restore',
  'replay',
  'cut-over',
  'repair',
  'undo',
] as const;
export type RecoveryTaskName = (typeof RECOVERY_TASK_NAMES)[number];
export const BACKUP_TASK_NAMES = ['backup', 'verify', 'rehearse'] as const;
type BackupTaskName = (typeof BACKUP_TASK_NAMES)[number];
export const VERIFICATION_TASK_NAMES = ['verify-due'] as const;
type VerificationTaskName = (typeof VERIFICATION_TASK_NAMES)[number];
const DRILL_TASK_NAMES = ['drill'] as const;
type DrillTaskName = (typeof DRILL_TASK_NAMES)[number];
export type TaskName = RecoveryTaskName | BackupTaskName | VerificationTaskName | DrillTaskName;
export const TASK_NAMES: readonly TaskName[] = [
  ...BACKUP_TASK_NAMES,
  ...VERIFICATION_TASK_NAMES,
  ...RECOVERY_TASK_NAMES,
  ...DRILL_TASK_NAMES,
];

/** How long a task may be silent before Step Functions takes it for dead. */
export const TASK_HEARTBEAT_TIMEOUT_SECONDS = 300;
/** Ten of them fit into the timeout: a blocked event loop of a minute kills nothing. */
export const TASK_HEARTBEAT_INTERVAL_SECONDS = 30;
