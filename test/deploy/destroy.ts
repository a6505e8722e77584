import {
  CloudFormationClient,
  ListStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { cdk } from './cdk.ts';
import { listKeys } from './vault-objects.ts';
import { bucketsOf, type Stage, type World } from './world.ts';

/** Destroys every stack, the protected one too, and looks whether the backups are still there. */
export async function destroyAndLook(world: World, { checks, signal }: Stage): Promise<void> {
  const { assembly, emulator } = world;
  const { artifacts: bucket } = bucketsOf(world);
  const before = await listKeys(bucket);
  await world.agent.stop();
  await unprotect(assembly.stacks);
  await cdk(['destroy', '--all', '--force'], { emulator, assembly: assembly.directory, signal });
  const left = await remainingStacks(assembly.stacks);
  checks.expect(left.length === 0, 'every stack is destroyed', left);
  const after = await listKeys(bucket);
  const isThere = after.length > 0 && after.join() === before.join();
  checks.expect(isThere, `the vault is still there, with its ${before.length} objects`, after);
}

/** What a person has to do on purpose, and the only way to destroy the stack that holds the vault. */
async function unprotect(stacks: readonly string[]): Promise<void> {
  const client = new CloudFormationClient();
  for (const StackName of stacks) {
    await client.send(
      new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }),
    );
  }
}

async function remainingStacks(stacks: readonly string[]): Promise<string[]> {
  const { StackSummaries = [] } = await new CloudFormationClient().send(new ListStacksCommand({}));
  return StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
    .map(({ StackName = '' }) => StackName)
    .filter((name) => stacks.includes(name));
}
