import {
  CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListClustersCommand,
  ListTaskDefinitionsCommand,
} from '@aws-sdk/client-ecs';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';

/** What lies in the emulated account, as the test needs it. */
export interface Deployment {
  readonly backupMachineArn: string;
  readonly verificationMachineArn: string;
  readonly recoveryMachineArn: string;
  readonly drillMachineArn: string;
  readonly clusterArn: string;
  readonly schedules: ReadonlyArray<{ readonly group: string; readonly name: string }>;
  /** The environment of the one task definition: the settings that are not secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly taskDefinitions: readonly string[];
}

/** Asks the emulated account, as a person would who looks into the console. */
export async function findDeployment(): Promise<Deployment> {
  const [sfn, ecs, scheduler] = [new SFNClient(), new ECSClient(), new SchedulerClient()];
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
  const machine = (name: RegExp) =>
    only(
      `state machine ${name}`,
      stateMachines.map(({ stateMachineArn = '' }) => stateMachineArn).filter((arn) => name.test(arn)),
    );
  const { clusterArns = [] } = await ecs.send(new ListClustersCommand({}));
  const { taskDefinitionArns = [] } = await ecs.send(new ListTaskDefinitionsCommand({}));
  const definitions = await Promise.all(
    taskDefinitionArns.map((taskDefinition) =>
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition })),
    ),
  );
  const [definition] = definitions;
  const variables = definition?.taskDefinition?.containerDefinitions?.[0]?.environment ?? [];
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
  return {
    backupMachineArn: machine(/-backup$/),
    verificationMachineArn: machine(/-verification$/),
    recoveryMachineArn: machine(/-recovery$/),
    drillMachineArn: machine(/-drill$/),
    clusterArn: only('cluster', clusterArns),
    schedules: Schedules.map(({ GroupName: group = 'default', Name: name = '' }) => ({ group, name })),
    environment: Object.fromEntries(variables.map(({ name = '', value = '' }) => [name, value])),
    taskDefinitions: definitions.map(({ taskDefinition }) => JSON.stringify(taskDefinition, null, 1)),
  };
}

/** @throws Error naming what there is, where it is not exactly one */
function only(what: string, found: readonly string[]): string {
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  throw new Error(`expected one ${what} in the emulated account, found ${found.join(', ') || 'none'}`);
}

/** What CloudFormation has named: physical ids by stack and logical id. */
export async function physicalNames(
  stacks: readonly string[],
): Promise<Record<string, Record<string, string>>> {
  const client = new CloudFormationClient();
  const listed = stacks.map(async (StackName) => {
    const StackResourceSummaries: StackResourceSummary[] = [];
    for await (const page of paginateListStackResources({ client }, { StackName })) {
      StackResourceSummaries.push(...(page.StackResourceSummaries ?? []));
    }
    const pairs = StackResourceSummaries.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]);
    return [StackName, Object.fromEntries(pairs)];
  });
  return Object.fromEntries(await Promise.all(listed));
}
