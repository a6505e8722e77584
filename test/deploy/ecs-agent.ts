import { type ChildProcess, spawn } from 'node:child_process';
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';

export interface EcsAgentOptions {
  readonly client: ECSClient;
  readonly cluster: string;
  /** The container image's entry point: dist/msr/index.mjs. */
  readonly entryPoint: string;
  /**
   * What a task's container has around it: PATH, the client tools, the endpoint and credentials of its role.
   */
  readonly container: Readonly<Record<string, string>>;
  readonly onTask: (command: readonly string[], event: string) => void;
}

/** A task as it ran. */
export interface RanTask {
  readonly arn: string;
  readonly command: readonly string[];
  /** Standard output and error: what awslogs would have kept. */
  output: string;
  exitCode?: number | null;
}

interface RunningTask {
  readonly task: RanTask;
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
}

/** Between two looks at the cluster, in milliseconds. */
const LOOK_EVERY_MS = 300;

/**
 * Plays ECS, of which the emulator has only the records: each RUNNING task's container becomes a child
 * process with the command and environment that the emulator resolved from task definition and overrides. The
 * child reports to Step Functions by itself; its end stops the task, and a stopped task ends its child.
 */
export class EcsAgent {
  readonly ran: RanTask[] = [];
  readonly #options: EcsAgentOptions;
  readonly #running = new Map<string, RunningTask>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  /** What kept a look from succeeding. */
  failure: unknown;

  constructor(options: EcsAgentOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error: unknown) => {
          this.failure = error;
        })
        .finally(() => {
          if (this.#timer !== undefined) this.start();
        });
    }, LOOK_EVERY_MS);
  }

  /** As hardware fails: no task that runs now says another word. @returns how many there were */
  kill(): number {
    for (const { process: child } of this.#running.values()) child.kill('SIGKILL');
    return this.#running.size;
  }

  /** Ends the looking and every child that still runs. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#looking;
    clearTimeout(this.#timer);
    await Promise.all([...this.#running.values()].map((running) => endChild(running)));
  }

  async #look(): Promise<void> {
    const { client, cluster } = this.#options;
    const listed = await client.send(new ListTasksCommand({ cluster, desiredStatus: 'RUNNING' }));
    const arns = listed.taskArns ?? [];
    for (const [arn, running] of this.#running) if (!arns.includes(arn)) void endChild(running);
    const fresh = arns.filter((arn) => !this.#running.has(arn) && !this.ran.some((task) => task.arn === arn));
    if (fresh.length === 0) return;
    const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: fresh }));
    for (const task of tasks) await this.#run(task);
  }

  async #run(task: Task): Promise<void> {
    const { client, container, entryPoint, onTask } = this.#options;
    const definition = await client.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: task.taskDefinitionArn }),
    );
    const override = task.overrides?.containerOverrides?.[0];
    const own = definition.taskDefinition?.containerDefinitions?.[0]?.environment ?? [];
    const command = override?.command ?? [];
    const ran: RanTask = { arn: task.taskArn ?? '', command, output: '' };
    const child = spawn(process.execPath, [entryPoint, ...command], {
      env: { ...variables(own), ...variables(override?.environment ?? []), ...container },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        ran.output += text;
      });
    }
    onTask(command, 'started');
    const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.ran.push(ran);
    this.#running.set(ran.arn, { task: ran, process: child, exited });
    child.once('close', (code) => void this.#ended(ran, code));
  }

  async #ended(task: RanTask, code: number | null): Promise<void> {
    task.exitCode = code;
    this.#running.delete(task.arn);
    this.#options.onTask(task.command, `ended with ${code}`);
    const { client, cluster } = this.#options;
    const reason = 'its container has ended';
    // Stopped by the state machine already, or the emulator is going down.
    await client.send(new StopTaskCommand({ cluster, task: task.arn, reason })).catch(() => undefined);
  }
}

/** SIGTERM, and SIGKILL after ten seconds, as a container that is stopped. */
async function endChild({ process: child, exited }: RunningTask): Promise<void> {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(kill);
}

function variables(
  pairs: ReadonlyArray<{ name?: string | undefined; value?: string | undefined }>,
): Record<string, string> {
  return Object.fromEntries(pairs.map(({ name = '', value = '' }) => [name, value]));
}
