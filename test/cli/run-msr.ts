import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MSR = fileURLToPath(new URL('../../bin/msr.mjs', import.meta.url));

export interface MsrResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as a user does; `npm run build` comes first. */
export async function runMsr(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<MsrResult> {
  const child = spawn(process.execPath, [MSR, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}
