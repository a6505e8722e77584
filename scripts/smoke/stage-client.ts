import {
  CloudFormationClient,
  paginateListStacks,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { poll } from '../../src/core/poll.ts';
import { type AlarmState, type ExecutionEnd, SmokeError } from './proofs.ts';

const doctorAnswer = z.object({ verdict: z.string(), failed: z.array(z.string()) });

/**
 * What a person does in the console of a deployed stage. Region and credentials come from the environment.
 */
export class StageClient {
  readonly #stage: string;
  readonly #sfn = new SFNClient();

  constructor(stage: string) {
    this.#stage = stage;
  }

  async fillSecret(instance: string, value: string): Promise<void> {
    const SecretId = `msr/${this.#stage}/${instance}`;
    await new SecretsManagerClient().send(new PutSecretValueCommand({ SecretId, SecretString: value }));
  }

  /** Calls what its schedule calls. @throws SmokeError with what it threw */
  async runDoctor(instance: string): Promise<z.infer<typeof doctorAnswer>> {
    const Name = `msr-${this.#stage}-${instance}-doctor`;
    const { Target } = await new SchedulerClient().send(new GetScheduleCommand({ Name }));
    const call = new InvokeCommand({ FunctionName: Target?.Arn, Payload: Buffer.from('{}') });
    const answer = await new LambdaClient().send(call);
    const text = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError !== undefined) throw new SmokeError(`the doctor threw ${text}`);
    return doctorAnswer.parse(JSON.parse(text));
  }

  /** @throws SmokeError where the stage has no such state machine */
  async machineArn(instance: string, operation: 'backup' | 'recovery'): Promise<string> {
    const name = `msr-${this.#stage}-${instance}-${operation}`;
    const { stateMachines = [] } = await this.#sfn.send(new ListStateMachinesCommand({ maxResults: 1000 }));
    const arn = stateMachines.find((machine) => machine.name === name)?.stateMachineArn;
    if (arn === undefined) throw new SmokeError(`there is no state machine ${name}`);
    return arn;
  }

  async start(stateMachineArn: string, input: object): Promise<string> {
    const command = new StartExecutionCommand({
      stateMachineArn,
      name: `smoke-${Date.now()}`,
      input: JSON.stringify(input),
    });
    return (await this.#sfn.send(command)).executionArn ?? '';
  }

  /** @throws SmokeError where it takes longer than that, in minutes */
  async end(executionArn: string, minutes: number): Promise<ExecutionEnd> {
    const end = await poll(
      async () => {
        const execution = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
        const { status = 'RUNNING', output = '', error = '', cause = '' } = execution;
        return status === 'RUNNING' ? undefined : { status, output, error, cause };
      },
      { deadlineMs: minutes * 60_000, intervalMs: 2_000 },
    );
    if (end === undefined) throw new SmokeError(`${executionArn} still runs after ${minutes} minutes`);
    return end;
  }

  async alarms(): Promise<AlarmState[]> {
    const command = new DescribeAlarmsCommand({ AlarmNamePrefix: `msr-${this.#stage}-`, MaxRecords: 100 });
    const { MetricAlarms = [] } = await new CloudWatchClient().send(command);
    return MetricAlarms.map(({ AlarmName: name = '', StateValue: state = '' }) => ({ name, state }));
  }

  /** What a person has to do on purpose before the stack that holds the vault can be destroyed. */
  async unprotect(): Promise<void> {
    const client = new CloudFormationClient();
    for (const StackName of await this.stacks()) {
      await client.send(
        new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }),
      );
    }
  }

  async stacks(): Promise<string[]> {
    const found: string[] = [];
    for await (const { StackSummaries = [] } of paginateListStacks(
      { client: new CloudFormationClient() },
      {},
    )) {
      const there = StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
      found.push(...there.map(({ StackName = '' }) => StackName));
    }
    return found.filter((name) => name.startsWith(`MsrRecovery-${this.#stage}-`));
  }
}
