/**
 * The names of errors that may pass by themselves: recoveries, backups and the state
 * machines' retries agree on them.
 */

/** The task died or fell silent: it said nothing of what it was doing. */
const CRASHES: ReadonlySet<string> = new Set(['States.HeartbeatTimeout', 'States.Timeout']);

/**
 * ECS could not start the task. An execution keeps the definition that it began with: one that an upgrade
 * meets names them as the optimised integration does, `AmazonECS.Unknown` where ECS answered with `failures`.
 */
const NOT_STARTED = /^(Ecs|ECS|AmazonECS)\./;

/** Something that the step talks to was not there, or has just changed; each may pass by itself. */
export const PASSING_ERRORS: ReadonlySet<string> = new Set([
  'DatabaseConnectionError',
  'ConnectError',
  'SinkNotStoppedError',
  'SinkNotRunningError',
  'TopicsChangedError',
]);

/**
 * Whether the same step may succeed a while later: the task was lost, or something that
 * it talks to was not there.
 */
export function mayPass(error: string): boolean {
  return CRASHES.has(error) || PASSING_ERRORS.has(error) || NOT_STARTED.test(error);
}
