import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { EMULATED_STAGE, emulatedConfig } from './emulated-stage.ts';
import { runCommand } from './run-command.ts';
import { listKeys } from './vault-objects.ts';
import { bucketsOf, type Stage, stageOf, type World } from './world.ts';

const SMOKE = fileURLToPath(new URL('../../scripts/smoke.ts', import.meta.url));

/**
 * What the first person with an account will run, on the stage that lies here: it tries everything once more,
 * destroys every stack, the protected one too, and leaves the backups.
 */
export async function smokeAndLook(world: World, { checks, signal }: Stage): Promise<void> {
  const { assembly, bed, msr, secrets } = world;
  const directory = await mkdtemp(join(tmpdir(), 'msr-smoke-'));
  const [config, secret] = [join(directory, 'config.json'), join(directory, 'secret.json')];
  await writeFile(config, JSON.stringify(emulatedConfig(stageOf(bed), 'somebodys')));
  await writeFile(secret, JSON.stringify(secrets.variables(msr)), { mode: 0o600 });
  const { artifacts: bucket } = bucketsOf(world);
  const before = await listKeys(bucket);
  const args = [
    '--stage',
    EMULATED_STAGE,
    '--config',
    config,
    '--secret',
    secret,
    '--app',
    assembly.directory,
  ];
  try {
    const said = await runCommand('tsx', [SMOKE, ...args, '--yes'], { signal });
    console.error(said);
    checks.expect(said.includes('PASSED: 8 of 8 proven'), 'the smoke test proves all of its steps', said);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const left = await remainingStacks(assembly.stacks);
  checks.expect(left.length === 0, 'every stack is destroyed', left);
  const after = await listKeys(bucket);
  const isThere = before.length > 0 && before.every((key) => after.includes(key));
  checks.expect(isThere, `the vault is still there, with its ${after.length} objects`, after);
}

/** Those of the stacks that are not gone. */
async function remainingStacks(stacks: readonly string[]): Promise<string[]> {
  const { StackSummaries = [] } = await new CloudFormationClient().send(new ListStacksCommand({}));
  return StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
    .map(({ StackName = '' }) => StackName)
    .filter((name) => stacks.includes(name));
}
