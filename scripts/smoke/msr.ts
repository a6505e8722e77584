import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { SmokeError } from './proofs.ts';

const MSR = fileURLToPath(new URL('../../bin/msr.mjs', import.meta.url));
const listed = z.object({
  recoveries: z.array(z.looseObject({ recoveryId: z.string(), state: z.string() })),
});

/** The operator's command line, against a stage's vault. */
export interface Msr {
  /** Ids of the recoveries that wait for an answer. */
  waitingRecoveries(stateMachineArn: string): Promise<string[]>;
  reject(stateMachineArn: string, recoveryId: string): Promise<void>;
}

export function msrOf(stage: string, instance: string): Msr {
  const run = (machine: string, ...args: string[]) => runMsr(args, vaultUrl(machine, stage, instance));
  return {
    waitingRecoveries: async (machine) => {
      const { recoveries } = listed.parse(JSON.parse(await run(machine, 'recoveries', 'list', '--json')));
      return recoveries.flatMap(({ recoveryId, state }) =>
        state === 'waits for approval' ? [recoveryId] : [],
      );
    },
    reject: async (machine, id) => {
      await run(machine, 'reject', id, '--reason', 'a smoke test');
    },
  };
}

/** As docs/deploy.md tells it; account and region are the state machine's. */
export function vaultUrl(stateMachineArn: string, stage: string, instance: string): string {
  const [, , , region, account] = stateMachineArn.split(':');
  const bucket = (kind: string) => `msr-${stage}-${kind}-${account}-${region}`;
  return `s3://${bucket('vault')}/${instance}?documents=${bucket('docs')}`;
}

async function runMsr(args: readonly string[], url: string): Promise<string> {
  const child = spawn(process.execPath, [MSR, ...args], {
    env: { ...process.env, MSR_VAULT_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, said, complained] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new SmokeError(`msr ${args.join(' ')} ended with ${code}: ${complained.trim()}`);
  return said;
}
