import { type ChildProcess, fork } from 'node:child_process';
import { TaskFailure } from '../clients/task-failure.ts';
import { type TaskMessage, taskMessage } from '../clients/task-messages.ts';
import type { Progress } from '../progress.ts';

export interface ChildTaskRequest {
  readonly command: readonly string[];
  /** On top of the runner's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly startedBy: string;
  readonly heartbeatSeconds: number;
}

export interface ChildTasksOptions {
  /** The container image's entry point: dist/msr/index.mjs. */
  readonly entryPoint: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  /** Between SIGTERM and SIGKILL, in milliseconds. @default 120_000, as the container's stop timeout */
  readonly stopTimeoutMs?: number;
}

interface ChildTask {
  readonly startedBy: string;
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
  /** Fails the task's step at once, without waiting for the child's own report. */
  readonly fail: (failure: TaskFailure) => void;
}

/**
 * The local counterpart of a Fargate cluster: each task is a child process with the container's entry point and
 * overrides, that reports over IPC and notices by the channel's end that its parent has died.
 */
export class ChildTasks {
  readonly #options: ChildTasksOptions;
  readonly #tasks = new Map<string, ChildTask>();
  #started = 0;

  constructor(options: ChildTasksOptions) {
    this.#options = options;
  }

  /** Runs a task until it reports. @throws TaskFailure with the reported error's name, or that of a lost task */
  run(request: ChildTaskRequest): Promise<unknown> {
    const child = this.#fork(request);
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#started += 1;
    const arn = `arn:aws:ecs:local:000000000000:task/msr/${this.#started}`;
    return new Promise<unknown>((resolve, reject) => {
      const silence = new SilenceTimer(request.heartbeatSeconds, reject);
      const settle = (end: () => void) => {
        silence.stop();
        end();
      };
      const fail = (failure: TaskFailure) => settle(() => reject(failure));
      this.#tasks.set(arn, { startedBy: request.startedBy, process: child, exited, fail });
      child.on('message', (raw) => {
        const message = taskMessage.parse(raw);
        silence.heard();
        if (message.type === 'success') settle(() => resolve(message.output));
        else if (message.type === 'failure') fail(new TaskFailure(message.error, message.cause));
        else this.#forward(message);
      });
      child.once('error', (error) => fail(new TaskFailure('ECS.AmazonECSException', error.message)));
      child.once('exit', (code, signal) => {
        // AWS notices a container that died without a word by its missing heartbeats; here it is seen at once.
        fail(
          new TaskFailure('States.HeartbeatTimeout', `the task ended without a report: ${signal ?? code}`),
        );
      });
    });
  }

  /** As ecs:ListTasks with `startedBy` answers: tasks that have not stopped. */
  list(startedBy: string): string[] {
    return [...this.#tasks].filter(([, t]) => t.startedBy === startedBy && isRunning(t)).map(([arn]) => arn);
  }

  /** As ecs:StopTask, but returns when the process has ended: SIGTERM, then SIGKILL after the stop timeout. */
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

  /** Lets the running steps fail with this error; the failure path stops their processes. */
  failAll(failure: TaskFailure): void {
    for (const task of this.#tasks.values()) task.fail(failure);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#tasks.keys()].map((arn) => this.stop(arn)));
  }

  #fork({ command, environment }: ChildTaskRequest): ChildProcess {
    return fork(this.#options.entryPoint, [...command], {
      // Of its own process group: Ctrl-C reaches the runner, which stops its tasks in order.
      detached: true,
      env: { ...this.#options.env, ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  #forward(message: TaskMessage): void {
    if (message.type === 'note') this.#options.progress.note(message.message);
    if (message.type === 'update') this.#options.progress.update(message.update);
  }
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
