import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { knownSecret } from '../clients/secrets.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Settings } from '../settings/settings.ts';
import type { FreezeRecord } from './freeze-record.ts';
import type { Guardian } from './guardian.ts';
import { guardianEnvironment } from './guardian-environment.ts';
import { GUARDIAN_COMMAND, GUARDIAN_DISARM, GUARDIAN_READY } from './guardian-process.ts';

const READY_TIMEOUT_MS = 30_000;
const DISARM_TIMEOUT_MS = 5000;

/** The command that starts a guardian of a connector. */
export type GuardianCommand = (connector: string) => readonly [program: string, ...args: string[]];

/**
 * A process of its own, in a session of its own: an interrupt typed at the terminal does not reach it. It
 * notices this one's death by the end of a pipe, which the kernel closes for a SIGKILL, too.
 * @param command @default this program, as it was started
 */
export function detachedGuardian(settings: Settings, command: GuardianCommand = ownCommand()): Guardian {
  let child: ChildProcessWithoutNullStreams | undefined;
  return {
    async arm({ connector }: FreezeRecord): Promise<void> {
      const [program, ...args] = command(connector);
      child = spawn(program, args, {
        detached: true,
        stdio: 'pipe',
        env: guardianEnvironment(settings, process.env, knownSecret(process.env)),
      });
      // A guardian that is gone when it is disarmed is no failure of ours: the record is deleted by then.
      child.stdin.on('error', () => {});
      await readiness(child);
      release(child);
    },
    async disarm(): Promise<void> {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const exited = once(child, 'exit', { signal: AbortSignal.timeout(DISARM_TIMEOUT_MS) });
      child.stdin.end(`${GUARDIAN_DISARM}\n`);
      // The record is deleted: a guardian that does not hear this finds nothing to do.
      await exited.catch(() => {});
    },
  };
}

async function readiness(child: ChildProcessWithoutNullStreams): Promise<void> {
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS);
  try {
    const failed = once(child, 'error').then(([error]) => Promise.reject(error));
    // Otherwise a rejection that comes after the race would end the process.
    failed.catch(() => {});
    const line = await Promise.race([firstLine(child), failed]);
    if (line !== GUARDIAN_READY) throw new Error(said.trim() || `it ended before it was ready`);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new OperatorError(
      `the process that would resume the sink after a crash cannot be started: ${(cause as Error).message}`,
      { hint: 'nothing was stopped; mend what it says and run the command again', cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string | undefined> {
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}

/** Neither the guardian nor its pipes keep this process from ending. */
function release(child: ChildProcessWithoutNullStreams): void {
  child.stdout.destroy();
  child.stderr.destroy();
  // A pipe of a child is a socket, whatever its type says.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  child.unref();
}

/** The guardian's command: the sources have an entry of their own for it, the bundle a command. */
function ownCommand(): GuardianCommand {
  const entry = fileURLToPath(new URL('./guardian.main.ts', import.meta.url));
  if (existsSync(entry)) {
    return (connector) => [process.execPath, '--import', import.meta.resolve('tsx'), entry, connector];
  }
  const bundle = process.argv[1];
  if (bundle === undefined) throw new Error('started without a script');
  return (connector) => [process.execPath, bundle, GUARDIAN_COMMAND, connector];
}
