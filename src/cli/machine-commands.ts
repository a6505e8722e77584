import type { KnownTask } from '../edge/task-context.ts';
import type { TaskName } from '../edge/task-environment.ts';

/**
 * What msr and the state machine start, never an operator. `msr guardian <connector>` resumes the sink when
 * the process that stopped it dies. `msr task <name>` is a step of a backup or a recovery, and the
 * container's command. They speak protocols of their own on their streams, so they are no part of the
 * operator's program and its help.
 * @param tasks opens the table of tasks, which is loaded for no other command
 * @returns undefined where the words are an operator's
 */
export function machineCommand(
  [name, ...args]: readonly string[],
  tasks: () => Promise<Readonly<Record<TaskName, KnownTask>>>,
): (() => Promise<void>) | undefined {
  switch (name) {
    case 'guardian':
      return async () => (await import('../freeze/guardian-process.ts')).guardianMain(args);
    case 'task':
      return async () => (await import('../edge/run-task.ts')).taskMain(await tasks(), args);
    default:
      return undefined;
  }
}
