import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MSR = fileURLToPath(new URL('../../bin/msr.mjs', import.meta.url));

export interface CommandResult {
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly exitCode: number;
  /** The one JSON document on standard output. */
  readonly document: unknown;
}

/**
 * Runs `msr … --json` as a user would, its progress on our standard error.
 * @param allowed exit codes beside 0
 * @throws Error with the exit code where it is another one; what msr said stands above it
 */
export async function msr(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  allowed: readonly number[] = [],
): Promise<CommandResult> {
  const startedAt = new Date();
  const child = spawn(process.execPath, [MSR, ...args, '--json'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const output = Buffer.concat(chunks).toString();
  const exitCode = code ?? -1;
  if (exitCode !== 0 && !allowed.includes(exitCode))
    throw new Error(`msr ${args.join(' ')} ended with ${code}: ${output}`);
  return { startedAt, endedAt: new Date(), exitCode, document: JSON.parse(output) };
}
