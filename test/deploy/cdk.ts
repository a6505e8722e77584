import { type ChildProcess, spawn } from 'node:child_process';
import type { Emulator } from '../aws/emulators.ts';

export interface CdkOptions {
  readonly emulator: Emulator;
  /** The cloud assembly: nothing is synthesized again. */
  readonly assembly: string;
  readonly signal: AbortSignal;
}

/**
 * Runs the CDK's own command line against the emulator.
 * @throws Error with the end of what it said
 */
export async function cdk(
  args: readonly string[],
  { emulator, assembly, signal }: CdkOptions,
): Promise<void> {
  const child = spawn('cdk', [...args, '--app', assembly, '--no-notices', '--ci', '--progress', 'events'], {
    env: { ...process.env, ...emulator.env, CI: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => said.push(String(data)));
  const code = await exitCode(child);
  if (code !== 0) throw new Error(`cdk ${args.join(' ')} failed with ${code}:\n${tail(said.join(''))}`);
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

function tail(text: string): string {
  return text.trim().split('\n').slice(-30).join('\n');
}
