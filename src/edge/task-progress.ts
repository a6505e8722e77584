import type { TaskMessage } from '../clients/task-messages.ts';
import type { Progress } from '../core/progress.ts';

/** To the runner where it is the parent; otherwise each note is a line of the container's log. */
export function taskProgress(): Progress {
  if (process.send === undefined) return logProgress((line) => console.log(line));
  const send = (message: TaskMessage) => void process.send?.(message);
  return {
    note: (message) => send({ type: 'note', message }),
    update: (update) => send({ type: 'update', update }),
  };
}

/** One JSON line a note, as the Lambdas log. Updates come many times a second and are no log. */
function logProgress(write: (line: string) => void): Progress {
  return {
    note: (message) => write(JSON.stringify({ timestamp: new Date().toISOString(), level: 'INFO', message })),
    update: () => {},
  };
}
