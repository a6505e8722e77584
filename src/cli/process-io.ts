import { createInterface } from 'node:readline/promises';
import { InterruptedError, reportFailure } from './failure.ts';
import type { CommandIo } from './io.ts';

/** The exit code that a shell reports of a process that SIGINT ended. */
const EXIT_INTERRUPTED = 130;

/** The command line's part of the world, as this process has it. */
export function processIo(): CommandIo {
  exitQuietlyWithoutReader();
  const { env, stdin, stdout, stderr } = process;
  return {
    env,
    stdout,
    stderr,
    ask: stdin.isTTY && stderr.isTTY ? askOnTerminal : undefined,
    signal: interruptSignal(),
  };
}

/**
 * What no code caught ends the process, in words: Node would print a line of the bundle, which is a megabyte.
 * A sink that was stopped is resumed by its guardian.
 */
export function endOnUncaught(args: readonly string[]): void {
  process.on('uncaughtException', (error) => {
    process.exit(reportFailure(process, error, args.includes('--json')));
  });
}

/** On standard error: standard output holds the answer alone. Ctrl-D is an empty answer. */
async function askOnTerminal(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode Ctrl-C is a key: without this, readline would only pause and the process end without a word.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await terminal.question(question, { signal });
  } catch (error) {
    signal.throwIfAborted();
    // Ctrl-D.
    if (error instanceof Error && error.name === 'AbortError') return '';
    throw error;
  } finally {
    terminal.close();
  }
}

/**
 * The first signal asks for an end at the next safe place, the second one ends the process where it stands.
 */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    process.stderr.write(
      `\nmsr: ${name}: stopping at the next safe place; once more stops at once, and the guardian resumes the sink\n`,
    );
    controller.abort(new InterruptedError(name));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  return controller.signal;
}

/** `msr backups list | head`: a reader that has seen enough is no failure. */
function exitQuietlyWithoutReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}
