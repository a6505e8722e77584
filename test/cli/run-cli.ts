import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { CommandIo } from '../../src/cli/io.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import type { ExitCode } from '../../src/core/operator-error.ts';
import { atAnyTime } from './at-any-time.ts';

export interface CliResult {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A world with an environment of its own and nobody at a terminal; `said` ends its streams and reads them.
 */
export function captureIo(env: Readonly<Record<string, string>> = {}, change: Partial<CommandIo> = {}) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const { signal } = new AbortController();
  const io: CommandIo = { env, stdout, stderr, ask: undefined, signal, ...change };
  const reading = Promise.all([text(stdout), text(stderr)]);
  const said = async (): Promise<Pick<CliResult, 'stdout' | 'stderr'>> => {
    stdout.end();
    stderr.end();
    const [out, err] = await reading;
    return { stdout: out, stderr: err };
  };
  return { io, said };
}

/** Runs `msr …` in this process. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  change: Partial<CommandIo> = {},
): Promise<CliResult> {
  const { io, said } = captureIo(env, change);
  const exitCode = await runCommandLine(atAnyTime(args), io);
  return { exitCode, ...(await said()) };
}
