import { spawn } from 'node:child_process';
import { SmokeError } from './proofs.ts';

/** The CDK's own command line, for one stage. */
export interface Cdk {
  deploy(): Promise<void>;
  destroy(): Promise<void>;
}

/**
 * @param source the arguments that say what is deployed: `-c config=…`, or `--app …` for
 * an assembly that is there
 */
export function cdkOf(source: readonly string[]): Cdk {
  const run = (...args: string[]) => runCdk([...args, ...source, '--ci', '--progress', 'events']);
  return {
    deploy: () => run('deploy', '--all', '--require-approval', 'never', '--method', 'direct'),
    destroy: () => run('destroy', '--all', '--force'),
  };
}

/** @throws SmokeError with the end of what it said */
async function runCdk(args: readonly string[]): Promise<void> {
  const child = spawn('cdk', [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new SmokeError(`cdk ${args[0]} ended with ${code}: ${said.join('').trim().slice(-1_500)}`);
}
