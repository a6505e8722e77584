import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { executionsOf, historyText } from './executions.ts';
import { readLogGroups } from './log-groups.ts';
import type { Checks } from './run-steps.ts';
import { type Searched, type SearchResult, searchSecrets } from './secret-search.ts';
import { readTexts } from './vault-objects.ts';
import { bucketsOf, type World } from './world.ts';

/** Searches everything that the run has left for the planted secrets. */
export async function searchEverything(world: World, checks: Checks): Promise<SearchResult> {
  const { deployment, assembly, agent, mailbox, mails, secrets, emulator, printed } = world;
  const { artifacts, documents } = bucketsOf(world);
  await Promise.all([mailbox.fetch(), mails.fetch()]);
  const result = searchSecrets(secrets.values, {
    'log groups of the Lambdas': await readLogGroups(emulator),
    'outputs of the tasks': agent.ran.map(({ command, output }) => ({
      place: `output of ${command.join(' ')}`,
      text: output,
    })),
    'execution histories': await readHistories(world),
    'vault documents': await readTexts([artifacts, documents]),
    templates: readAssembly(assembly.directory),
    'task definitions': deployment.taskDefinitions.map((text) => ({ place: 'task definition', text })),
    mails: [...mailbox.mails, ...mails.mails].map(({ subject, message }) => ({
      place: `mail ${subject}`,
      text: message,
    })),
    "outputs of the operator's commands": printed.map((text) => ({ place: 'command line', text })),
  });
  checks.expect(result.findings.length === 0, 'no planted secret is anywhere', result.findings);
  return result;
}

async function readHistories({ sfn, deployment }: World): Promise<Searched[]> {
  const { backupMachineArn, verificationMachineArn, recoveryMachineArn, drillMachineArn } = deployment;
  const machines = [backupMachineArn, verificationMachineArn, recoveryMachineArn, drillMachineArn];
  const arns = (await Promise.all(machines.map((arn) => executionsOf(sfn, arn)))).flat();
  return await Promise.all(
    arns.map(async (arn) => ({ place: `execution ${arn}`, text: await historyText(sfn, arn) })),
  );
}

/** Templates, asset manifests, the tree: every text of the assembly but the bundles' code. */
function readAssembly(directory: string): Searched[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map(({ name }) => ({ place: name, text: readFileSync(join(directory, name), 'utf8') }));
}
