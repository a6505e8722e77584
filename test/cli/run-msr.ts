import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { atAnyTime } from './at-any-time.ts';

const MSR = fileURLToPath(new URL('../../bin/msr.mjs', import.meta.url));

export interface MsrResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** A Ctrl-C as soon as standard error holds this text. */
  readonly interruptAt?: string;
  /** Lets `msr backup` rehearse; it costs seconds, and has tests of its own. @default false */
  readonly rehearsed?: true;
}

/** Runs the built command line as a user does; `npm run build` comes first. */
export async function runMsr(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { interruptAt, rehearsed }: RunOptions = {},
): Promise<MsrResult> {
  const unrehearsed = args[0] === 'backup' && rehearsed !== true ? ['--no-rehearsal'] : [];
  const child = spawn(process.execPath, [MSR, ...atAnyTime(args), ...unrehearsed], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (interruptAt !== undefined) interruptWhenSaid(child, interruptAt);
  const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  requireForeseen(args, stdout + stderr);
  return { exitCode, stdout, stderr };
}

/** Whatever a test does to the product is known to happen, and has a message of its own. */
function requireForeseen(args: readonly string[], said: string): void {
  if (!said.includes('nobody foresaw this')) return;
  throw new Error(`\`msr ${args.join(' ')}\` met what nobody foresaw:\n${said}`);
}

function interruptWhenSaid(child: ChildProcessByStdio<null, Readable, Readable>, words: string): void {
  let said = '';
  const listen = (chunk: Buffer) => {
    said += chunk.toString();
    if (!said.includes(words)) return;
    child.stderr.off('data', listen);
    child.kill('SIGINT');
  };
  child.stderr.on('data', listen);
}
