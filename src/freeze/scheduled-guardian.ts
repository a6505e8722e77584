import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { messageOf, OperatorError } from '../core/operator-error.ts';
import type { FreezeRecord } from './freeze-record.ts';
import type { Guardian } from './guardian.ts';
import {
  atExpression,
  type GuardianSchedule,
  guardianCall,
  guardianScheduleName,
} from './guardian-schedule.ts';

export interface ScheduledGuardianOptions {
  readonly client?: Pick<SchedulerClient, 'send'>;
  /** How far ahead it stands. Schedules fire within the minute. @default 3 minutes */
  readonly leadMs?: number;
  /** Between two moves while this process lives, so that a long freeze is no dead one. @default 45 seconds */
  readonly moveEveryMs?: number;
  readonly now?: () => Date;
}

const LEAD_MS = 3 * 60_000;
const MOVE_EVERY_MS = 45_000;

/**
 * A one-off schedule that calls the janitor. In AWS the processes of a task die together, so
 * nothing of the task itself can watch it: while it lives it moves the schedule ahead, and when it
 * dies the schedule comes due.
 */
export function scheduledGuardian(
  schedule: GuardianSchedule,
  options: ScheduledGuardianOptions = {},
): Guardian {
  const client = options.client ?? new SchedulerClient();
  const now = options.now ?? (() => new Date());
  let armed: { readonly name: string; readonly timer: NodeJS.Timeout } | undefined;
  const input = (record: FreezeRecord) => {
    const at = new Date(now().getTime() + (options.leadMs ?? LEAD_MS));
    return scheduleInput(schedule, record, { at, attempt: 1 });
  };
  return {
    async arm(record: FreezeRecord): Promise<void> {
      await create(client, input(record));
      // One that has fired is gone, and the janitor at work: then there is nothing to move.
      const move = () => client.send(new UpdateScheduleCommand(input(record))).catch(() => {});
      const timer = setInterval(move, options.moveEveryMs ?? MOVE_EVERY_MS).unref();
      armed = { name: guardianScheduleName(record.id), timer };
    },
    async disarm(): Promise<void> {
      if (armed === undefined) return;
      clearInterval(armed.timer);
      // One that stays fires once, finds no record, and deletes itself.
      await client
        .send(new DeleteScheduleCommand({ GroupName: schedule.groupName, Name: armed.name }))
        .catch(() => {});
    },
  };
}

/** Calls the janitor (again) for a freeze that it could not end. @throws what the service refuses */
export async function callJanitorLater(
  schedule: GuardianSchedule,
  record: FreezeRecord,
  {
    at,
    attempt,
    client = new SchedulerClient(),
  }: { readonly at: Date; readonly attempt: number; readonly client?: Pick<SchedulerClient, 'send'> },
): Promise<void> {
  const input = scheduleInput(schedule, record, { at, attempt });
  try {
    await client.send(new UpdateScheduleCommand(input));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateScheduleCommand(input));
  }
}

async function create(
  client: Pick<SchedulerClient, 'send'>,
  input: CreateScheduleCommandInput,
): Promise<void> {
  try {
    await client.send(new CreateScheduleCommand(input));
  } catch (cause) {
    // The answer to an earlier attempt of the SDK was lost: the name is this freeze's own.
    if (cause instanceof ConflictException) return;
    throw new OperatorError(
      `the schedule that would resume the sink after a crash cannot be made: ${messageOf(cause)}`,
      { hint: 'nothing was stopped; mend what it says and start it again', cause },
    );
  }
}

function scheduleInput(
  { groupName, targetArn, roleArn }: GuardianSchedule,
  record: FreezeRecord,
  { at, attempt }: { readonly at: Date; readonly attempt: number },
): CreateScheduleCommandInput {
  return {
    GroupName: groupName,
    Name: guardianScheduleName(record.id),
    Description: `resumes ${record.connector} if the ${record.purpose} ${record.owner} does not`.slice(
      0,
      512,
    ),
    ScheduleExpression: atExpression(at),
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: targetArn,
      RoleArn: roleArn,
      Input: JSON.stringify({ guardian: guardianCall(record, attempt) }),
      RetryPolicy: { MaximumRetryAttempts: 30, MaximumEventAgeInSeconds: 3600 },
    },
  };
}
