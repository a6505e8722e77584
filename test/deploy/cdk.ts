import type { Emulator } from '../aws/emulators.ts';
import { runCommand } from './run-command.ts';

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
  const common = ['--app', assembly, '--no-notices', '--ci', '--progress', 'events'];
  await runCommand('cdk', [...args, ...common], { env: { ...emulator.env, CI: '1' }, signal });
}
