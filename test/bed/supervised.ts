import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GaveUp } from './wait.ts';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.ts', import.meta.url));

export interface SupervisedOptions {
  /** Names the log: `<dir>/<name>.log`. */
  readonly name: string;
  /** The engine's own directory; its log is kept here. */
  readonly dir: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How the engine is asked to end. @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to end before its group is killed. @default 10_000 */
  readonly graceMs?: number;
}

/** An engine under a supervisor of its own: it ends with this process, whatever ends this process. */
export interface Supervised {
  readonly logFile: string;
  /** The supervisor's process id. */
  readonly pid: number;
  /** For ready-checks. @throws GaveUp with the end of the log, once the engine has ended by itself */
  assertRunning(): void;
  /**
   * Asks the engine to end, kills it after the grace; returns when it is gone. Harmless when called twice.
   */
  stop(): Promise<void>;
}

/** Starts a command under supervisor.ts; it is the only way in which the bed starts anything that stays. */
export function startSupervised(options: SupervisedOptions): Supervised {
  mkdirSync(options.dir, { recursive: true });
  const logFile = join(options.dir, `${options.name}.log`);
  const log = openSync(logFile, 'a');
  const { command, args, stopSignal = 'SIGTERM', graceMs = 10_000 } = options;
  const supervisor = spawn(
    process.execPath,
    [...SUPERVISOR_FLAGS, SUPERVISOR, stopSignal, String(graceMs), command, ...args],
    {
      detached: true,
      stdio: ['pipe', log, log],
      // A test runner's own NODE_OPTIONS (loaders, inspectors) are none of the supervisor's business.
      env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    },
  );
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    supervisor.once('exit', () => resolve());
    supervisor.once('error', () => resolve());
  });
  // The bed must not keep a finished test run alive; the pipe ends with the process in any case.
  supervisor.unref();
  return {
    logFile,
    pid: supervisor.pid ?? -1,
    assertRunning: () => {
      if (supervisor.exitCode === null && supervisor.signalCode === null) return;
      throw new GaveUp(
        `${options.name} ended while it was starting; ${logFile} ends with:\n${tail(logFile)}`,
      );
    },
    stop: async () => {
      supervisor.ref();
      supervisor.stdin?.destroy();
      await ended;
    },
  };
}

/** Node strips the types itself; its warning that this is experimental does not belong in an engine's log. */
const SUPERVISOR_FLAGS = ['--disable-warning=ExperimentalWarning'];

function tail(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-25).join('\n');
}
