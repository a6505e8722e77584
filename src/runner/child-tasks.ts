import { type ChildProcess, fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { failureCause, TaskFailure } from '../clients/task-failure.ts';
import { type TaskMessage, taskMessage } from '../clients/task-messages.ts';
import type { Progress } from '../core/progress.ts';
import { RecoveryCancelledError } from '../recovery/recovery-errors.ts';

export interface ChildTaskRequest {
  readonly command: readonly string[];
  /** Added to the runner's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly startedBy: string;
  readonly heartbeatSeconds: number;
}

export interface ChildTasksOptions {
  /** The container image's entry point: dist/msr/index.mjs. */
  readonly entryPoint: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  /** Aborted: the running task's step fails at once; whatever the failure path starts after that runs. */
  readonly signal?: AbortSignal;
  /** Between SIGTERM and SIGKILL, in milliseconds. @default 120_000, as the container's stop timeout */
  readonly stopTimeoutMs?: number;
}

interface ChildTask {
  readonly startedBy: string;
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
}

/**
 * The local counterpart of a Fargate cluster: each task is a child process with the container's entry point
 * and overrides. It reports over IPC, and notices by the channel's end that its parent has died.
 */
export class ChildTasks {
  readonly #options: ChildTasksOptions;
  readonly #tasks = new Map<string, ChildTask>();
  #started = 0;
  #cancelled = false;

  constructor(options: ChildTasksOptions) {
    this.#options = options;
  }

  /**
   * Runs a task until it reports.
   * @throws TaskFailure with the reported error's name, or that of a lost task
   */
  run(request: ChildTaskRequest): Promise<unknown> {
    if (this.#options.signal?.aborted === true && !this.#cancelled) return this.#cancel();
    const child = this.#fork(request);
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#started += 1;
    const arn = `arn:aws:ecs:local:000000000000:task/msr/${this.#started}`;
    return new Promise<unknown>((resolve, reject) => {
      const silence = new SilenceTimer(request.heartbeatSeconds, reject);
      const endWith = (end: () => void) => {
        silence.stop();
        end();
      };
      const fail = (failure: TaskFailure) => endWith(() => reject(failure));
      this.#tasks.set(arn, { startedBy: request.startedBy, process: child, exited });
      const cancel = () => {
        this.#cancelled = true;
        fail(cancellation());
      };
      this.#options.signal?.addEventListener('abort', cancel, { once: true });
      child.once('exit', () => this.#options.signal?.removeEventListener('abort', cancel));
      child.on('message', (raw) => {
        const message = taskMessage.parse(raw);
        silence.heard();
        if (message.type === 'success') endWith(() => resolve(message.output));
        else if (message.type === 'failure') fail(new TaskFailure(message.error, message.cause));
        else this.#forward(message);
      });
      child.once('error', (error) => fail(new TaskFailure('Ecs.ServerException', error.message)));
      child.once('exit', (code, signal) => {
        // AWS notices a container that died without a word by its missing
        // heartbeats; here it is seen at once.
        fail(
          new TaskFailure('States.HeartbeatTimeout', `the task ended without a report: ${signal ?? code}`),
        );
      });
    });
  }

  /** Answers like ecs:ListTasks with `startedBy`: tasks that have not stopped. */
  list(startedBy: string): string[] {
    return [...this.#tasks].filter(([, t]) => t.startedBy === startedBy && isRunning(t)).map(([arn]) => arn);
  }

  /**
   * Like ecs:StopTask, but returns when the process has ended: SIGTERM, then SIGKILL after the stop timeout.
   */
  async stop(arn: string): Promise<void> {
    const task = this.#tasks.get(arn);
    if (task === undefined || !isRunning(task)) return;
    task.process.kill('SIGTERM');
    const kill = setTimeout(() => task.process.kill('SIGKILL'), this.#options.stopTimeoutMs ?? 120_000);
    await task.exited;
    clearTimeout(kill);
  }

  status(arn: string): 'RUNNING' | 'STOPPED' {
    const task = this.#tasks.get(arn);
    return task !== undefined && isRunning(task) ? 'RUNNING' : 'STOPPED';
  }

  /** Whatever still runs, at the end of an execution. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#tasks.keys()].map((arn) => this.stop(arn)));
  }

  /** A cancellation between two tasks is told by the next one, once. */
  async #cancel(): Promise<never> {
    this.#cancelled = true;
    throw cancellation();
  }

  #fork({ command, environment }: ChildTaskRequest): ChildProcess {
    return fork(this.#options.entryPoint, [...command], {
      // A process group of its own: Ctrl-C reaches the runner, which stops its tasks in order.
      detached: true,
      env: { ...this.#options.env, ...compiledCode(), ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  #forward(message: TaskMessage): void {
    if (message.type === 'note') this.#options.progress.note(message.message);
    if (message.type === 'update') this.#options.progress.update(message.update);
  }
}

/** A task need not compile again what this process, or a task before it, has compiled. */
function compiledCode(): Readonly<Record<string, string>> {
  const directory = getCompileCacheDir();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}

function cancellation(): TaskFailure {
  const { error, cause } = failureCause(new RecoveryCancelledError());
  return new TaskFailure(error, cause);
}

function isRunning({ process: child }: ChildTask): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** HeartbeatSeconds, which the local interpreter ignores. */
class SilenceTimer {
  readonly #seconds: number;
  readonly #onSilence: (failure: TaskFailure) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(seconds: number, onSilence: (failure: TaskFailure) => void) {
    this.#seconds = seconds;
    this.#onSilence = onSilence;
    this.heard();
  }

  heard(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      const cause = `the task was silent for ${this.#seconds} s`;
      this.#onSilence(new TaskFailure('States.HeartbeatTimeout', cause));
    }, this.#seconds * 1000);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
