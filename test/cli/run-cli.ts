import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { CommandIo } from '../../lambdas/cli/io.ts';
import { runCommandLine } from '../../lambdas/cli/program.ts';
import type { ExitCode } from '../../lambdas/operator-error.ts';

export interface CliResult {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `msr …` in this process, with an environment of its own and nobody at a terminal. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  change: Partial<CommandIo> = {},
): Promise<CliResult> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const said = Promise.all([text(stdout), text(stderr)]);
  const signal = new AbortController().signal;
  const exitCode = await runCommandLine(args, { env, stdout, stderr, ask: undefined, signal, ...change });
  stdout.end();
  stderr.end();
  const [out, err] = await said;
  return { exitCode, stdout: out, stderr: err };
}
