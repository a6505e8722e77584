import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default 600_000 */
  readonly timeoutMs?: number;
}

/**
 * Runs a command to its end and returns its standard output.
 * @throws Error with the end of what it wrote to standard error or output
 */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMs = 600_000 }: RunOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execFileAsync(command, [...args], {
      timeout: timeoutMs,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    return stdout;
  } catch (error) {
    throw new Error(`${command} failed: ${lastLines(error)}`, { cause: error });
  }
}

/** Whether a command exists and exits 0. */
export async function succeeds(
  command: string,
  args: readonly string[],
  timeoutMs = 5_000,
): Promise<boolean> {
  try {
    await execFileAsync(command, [...args], { timeout: timeoutMs });
    return true;
  } catch {
    // Not there, not allowed, not in time: all mean that it cannot be used, and the caller says so aloud.
    return false;
  }
}

function lastLines(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = [propertyText(error, 'stderr'), propertyText(error, 'stdout'), error.message];
  const text = parts.find((part) => part.trim() !== '') ?? '';
  return text.trim().split('\n').slice(-15).join('\n');
}

function propertyText(error: Error, key: string): string {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : '';
}
