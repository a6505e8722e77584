import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Aborted: the command is ended. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program to its end, in silence.
 * @returns what it said
 * @throws Error with the end of what it said, where it does not exit 0
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { env, signal }: CommandOptions,
): Promise<string> {
  const child = spawn(command, [...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(String(data)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return said.join('');
  const tail = said.join('').trim().split('\n').slice(-30).join('\n');
  throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${tail}`);
}
