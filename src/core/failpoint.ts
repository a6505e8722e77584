/**
 * Places where a crash must be survivable: directly before and after each side effect of a
 * backup or a recovery. The crash tests kill the process (SIGKILL) at each of them in turn;
 * nothing else ever sets the variable.
 */
export type Failpoint =
  | 'sink-stop.before'
  | 'sink-stop.after'
  | 'sink-delete.before'
  | 'sink-delete.after'
  | 'sink-resume.before'
  | 'sink-resume.after'
  | 'create-snapshots.before'
  | 'create-snapshots.after'
  | 'pending-write.before'
  | 'pending-write.after'
  | 'manifest-write.before'
  | 'manifest-write.after'
  | 'replay-batch.before'
  | 'replay-batch.after'
  | 'quarantine-write.before'
  | 'quarantine-write.after'
  | 'rename.before'
  | 'rename.after'
  | 'repair-swap.before'
  | 'repair-swap.after'
  | 'sink-config.before'
  | 'sink-config.after'
  | 'topic-create.before'
  | 'topic-create.after'
  | 'connector-create.before'
  | 'connector-create.after'
  | 'offset-alter.before'
  | 'offset-alter.after'
  | 'api-session.after'
  | 'retry.before'
  | 'retry.after';

/** `name` or `name#n`: die when the failpoint is passed for the n-th time (from 1). */
export const FAILPOINT_VARIABLE = 'MSR_FAILPOINT';

const passed = new Map<Failpoint, number>();

/** Dies of SIGKILL, as a machine does, where the environment names this failpoint; otherwise does nothing. */
export function failpoint(name: Failpoint): void {
  const armed = process.env[FAILPOINT_VARIABLE];
  if (armed === undefined) return;
  const count = (passed.get(name) ?? 0) + 1;
  passed.set(name, count);
  const [armedName, nth = '1'] = armed.split('#');
  if (armedName === name && count === Number(nth)) process.kill(process.pid, 'SIGKILL');
}
