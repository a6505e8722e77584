import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { ENTRY_POINT } from './entry-point.ts';
import type { World } from './world.ts';

export interface CommandEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the test reads of the command line's documents. */
const document = z.looseObject({
  backups: z.array(z.looseObject({ id: z.string(), state: z.string() })).optional(),
  recoveries: z.array(z.looseObject({ recoveryId: z.string(), state: z.string() })).optional(),
  state: z.string().optional(),
});

/** Runs the built command line as an operator does, with rights in the account and none of MSR's secrets. */
export async function operator(
  { operatorEnv, printed }: Pick<World, 'operatorEnv' | 'printed'>,
  args: readonly string[],
): Promise<CommandEnd> {
  const child = spawn(process.execPath, [ENTRY_POINT, ...args], {
    env: operatorEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  printed.push(stdout, stderr);
  return { exitCode, stdout, stderr };
}

/** The command's one document. @throws Error with what it said, where it has none */
export async function operatorJson(
  world: Pick<World, 'operatorEnv' | 'printed'>,
  args: readonly string[],
): Promise<z.infer<typeof document>> {
  const { stdout, stderr } = await operator(world, [...args, '--json']);
  if (stdout === '') throw new Error(`msr ${args.join(' ')} said nothing but ${stderr}`);
  return document.parse(JSON.parse(stdout));
}
