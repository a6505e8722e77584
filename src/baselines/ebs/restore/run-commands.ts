import {
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  ListCommandsCommand,
  SendCommandCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { poll } from '../../../core/poll.ts';
import type { Progress } from '../../../core/progress.ts';
import { redact } from '../../../core/redact.ts';
import { EbsRestoreError, refusedBy } from './restore-error.ts';

/** Where udev puts an EBS volume on an instance with NVMe; the kernel's own names follow no device name. */
const BY_ID = '/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_';
const PLACEHOLDER = /\{(device|volume):([^{}]*)\}/g;

/**
 * Puts the volumes into the commands.
 * @param volumes device that the database had → id of the restored volume
 * @throws EbsRestoreError for a device that the backup has no volume of
 */
export function fillCommands(commands: readonly string[], volumes: ReadonlyMap<string, string>): string[] {
  return commands.map((command) =>
    command.replace(PLACEHOLDER, (placeholder, kind: string, device: string) => {
      const volumeId = volumes.get(device);
      if (volumeId === undefined) {
        throw new EbsRestoreError(
          `restore.commands name ${placeholder}, and the backup has no volume of ${device}`,
          { hint: `its devices are ${[...volumes.keys()].join(', ')}` },
        );
      }
      return kind === 'volume' ? volumeId : `${BY_ID}${volumeId.replace('-', '')}`;
    }),
  );
}

export interface CommandRun {
  readonly instanceId: string;
  readonly documentName: string;
  readonly commands: readonly string[];
  /** The restore's name: it finds a run that was cut off. */
  readonly name: string;
  /** Counted from their start; the delivery to the agent has ten minutes beside it. */
  readonly deadlineMs: number;
  /** Between two looks, milliseconds. */
  readonly everyMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const DELIVERY_SECONDS = 600;
const RUN_SHELL_SCRIPT = 'AWS-RunShellScript';

/**
 * Runs the commands on the instance, or waits for those that an earlier run of the same restore left running.
 * @throws EbsRestoreError with the end of their output, where they fail or the agent does not take them
 */
export async function runCommands(client: SSMClient, run: CommandRun): Promise<void> {
  const running = await findRunning(client, run);
  const commandId = running ?? (await sendCommands(client, run));
  const { instanceId, deadlineMs, everyMs, signal, progress } = run;
  progress.note(
    `SSM runs restore.commands on ${instanceId}: ${commandId}${running === undefined ? '' : ', since an earlier run'}`,
  );
  const ended = await poll(() => lookAtCommand(client, commandId, run), {
    deadlineMs: deadlineMs + DELIVERY_SECONDS * 1000,
    intervalMs: everyMs,
    signal,
  });
  if (ended?.Status === 'Success') return;
  throw failed(commandId, run, ended);
}

function commentOf({ name }: CommandRun): string {
  return `MSR Recovery: ${name}`.slice(0, 100);
}

async function findRunning(client: SSMClient, run: CommandRun): Promise<string | undefined> {
  const { Commands = [] } = await client
    .send(
      new ListCommandsCommand({
        InstanceId: run.instanceId,
        Filters: [{ key: 'ExecutionStage', value: 'Executing' }],
      }),
    )
    .catch(refusedBy('SSM', `the commands that run on ${run.instanceId} cannot be listed`));
  return Commands.find(
    ({ Comment, Status }) => Comment === commentOf(run) && (Status === 'Pending' || Status === 'InProgress'),
  )?.CommandId;
}

async function sendCommands(client: SSMClient, run: CommandRun): Promise<string> {
  const { instanceId, documentName } = run;
  const what = `SSM takes no commands for ${instanceId}`;
  const { Command } = await client
    .send(
      new SendCommandCommand({
        InstanceIds: [instanceId],
        DocumentName: documentName,
        Comment: commentOf(run),
        TimeoutSeconds: DELIVERY_SECONDS,
        Parameters: parametersOf(run),
      }),
    )
    .catch((cause: unknown) => {
      const absent = cause instanceof Error && cause.name === 'InvalidInstanceId';
      return refusedBy('SSM', what, absent ? AGENT_ABSENT : undefined)(cause);
    });
  if (Command?.CommandId !== undefined) return Command.CommandId;
  throw new EbsRestoreError(`${what}: it answered no id`, { hint: 'run it again' });
}

/**
 * It runs them as one script, which would go on after a mount that failed. A document of
 * one's own has its own ways.
 */
function parametersOf({ documentName, commands, deadlineMs }: CommandRun): Record<string, string[]> {
  if (documentName !== RUN_SHELL_SCRIPT) return { commands: [...commands] };
  return {
    commands: ['set -e', ...commands],
    executionTimeout: [String(Math.ceil(deadlineMs / 1000))],
  };
}

const AGENT_ABSENT =
  'SSM knows it once its agent runs, with an instance profile that has AmazonSSMManagedInstanceCore and a way to SSM (aws ssm describe-instance-information)';

const UNENDED = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

async function lookAtCommand(
  client: SSMClient,
  commandId: string,
  { instanceId }: CommandRun,
): Promise<GetCommandInvocationCommandOutput | undefined> {
  try {
    const seen = await client.send(
      new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }),
    );
    return UNENDED.has(seen.Status ?? 'Pending') ? undefined : seen;
  } catch (error) {
    // This lasts for a moment after SendCommand.
    if (error instanceof Error && error.name === 'InvocationDoesNotExist') return undefined;
    return refusedBy('SSM', `it cannot be seen what became of ${commandId} on ${instanceId}`)(error);
  }
}

function failed(
  commandId: string,
  { instanceId, deadlineMs }: CommandRun,
  ended: GetCommandInvocationCommandOutput | undefined,
): EbsRestoreError {
  const what = `restore.commands on ${instanceId} (${commandId})`;
  if (ended === undefined) {
    return new EbsRestoreError(`${what} have not ended after ${Math.round(deadlineMs / 60_000)} min`, {
      hint: 'see what they wait for on the instance; run it again: it goes on with them',
    });
  }
  const { StatusDetails = ended.Status, StandardErrorContent = '', StandardOutputContent = '' } = ended;
  const output = lastOf(StandardErrorContent) || lastOf(StandardOutputContent);
  if (StatusDetails === 'DeliveryTimedOut' || StatusDetails === 'Undeliverable') {
    return new EbsRestoreError(`${what} did not reach the instance: ${StatusDetails}`, {
      hint: AGENT_ABSENT,
    });
  }
  return new EbsRestoreError(
    `${what} ended as ${StatusDetails}, exit code ${ended.ResponseCode ?? 'unknown'}${output === '' ? '' : `: ${output}`}`,
    { hint: 'mend it on the instance or in restore.commands, and run it again: it goes on from here' },
  );
}

/** Its last characters: what a script says last is why it ended. */
function lastOf(output: string): string {
  return redact(output.trim().slice(-1_000));
}
