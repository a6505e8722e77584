import type { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';
import {
  type Activity,
  describeActivity,
  describeFinished,
  isComplete,
  observe,
  SHOWN_AFTER_MS,
} from '../core/activity.ts';
import type { Progress, ProgressUpdate } from '../core/progress.ts';
import { redact } from '../core/redact.ts';

/** Where lines about running activities go. */
export interface ProgressScreen {
  /** A line that stays. */
  line(text: string): void;
  /** What runs now, one line an activity; replaces what was shown before, or is printed now and then. */
  show(lines: readonly string[]): void;
  readonly intervalMs: number;
}

/** A progress that must be closed: it has a timer and, on a terminal, lines of its own. */
export interface ShownProgress extends Progress {
  close(): void;
}

/** On a terminal: lines that are updated in place, under the notes. */
export function terminalScreen(stream: NodeJS.WriteStream): ProgressScreen {
  const log = createLogUpdate(stream, { showCursor: true });
  return {
    line: (text) => {
      // Not by the library: it would break a long line where the terminal is narrow,
      // and nobody could copy it.
      log.clear();
      stream.write(`${text}\n`);
    },
    show: (lines) => (lines.length === 0 ? log.clear() : log(lines.join('\n'))),
    intervalMs: 250,
  };
}

/** In a file, a pipe or a log service: a line every few seconds. */
export function lineScreen(stream: Writable, intervalMs = 5_000): ProgressScreen {
  const line = (text: string) => void stream.write(`${text}\n`);
  return { line, show: (lines) => lines.forEach(line), intervalMs };
}

/**
 * Shows every activity of more than 2 s with its rate and estimate until it is complete.
 * @param clock monotonic milliseconds
 */
export function shownProgress(screen: ProgressScreen, clock = () => performance.now()): ShownProgress {
  const activities = new Map<string, Activity>();
  const shown = () =>
    [...activities.values()].filter(({ startedAt }) => clock() - startedAt >= SHOWN_AFTER_MS);
  const refresh = () => {
    const lines = shown().map((activity) => describeActivity(activity, clock()));
    if (lines.length > 0) screen.show(lines);
  };
  const finish = (activity: Activity) => {
    activities.delete(activity.latest.activity);
    if (clock() - activity.startedAt < SHOWN_AFTER_MS) return;
    if (activities.size === 0) screen.show([]);
    screen.line(describeFinished(activity, clock()));
  };
  const update = (latest: ProgressUpdate) => {
    const activity = observe(activities.get(latest.activity), latest, clock());
    if (isComplete(activity)) finish(activity);
    else activities.set(latest.activity, activity);
  };
  const timer = setInterval(refresh, screen.intervalMs).unref();
  return {
    note: (message) => screen.line(redact(message)),
    update,
    close: () => {
      clearInterval(timer);
      for (const activity of activities.values()) finish(activity);
      screen.show([]);
    },
  };
}
