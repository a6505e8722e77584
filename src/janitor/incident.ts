import { z } from 'zod';
import { idOfExecution } from '../core/ids.ts';
import type { GuardianCall } from '../freeze/guardian-schedule.ts';

/** Why the janitor was called. */
export type Incident =
  | {
      readonly kind: 'execution ended';
      readonly executionArn: string;
      readonly stateMachineArn: string;
      readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
      /**
       * The id that the execution gave to its backup or its recovery; a continued recovery has an older one.
       */
      readonly operationId: string;
      readonly error: string;
      readonly cause: string;
    }
  | ({ readonly kind: 'guardian fired' } & GuardianCall)
  | {
      readonly kind: 'task stopped';
      readonly taskArn: string;
      /** The backup or the recovery that had started it. */
      readonly operationId: string;
      readonly stoppedAt: Date;
      /** The reason that ECS gives; empty where it gives none. */
      readonly reason: string;
    };

const statusChange = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({
    executionArn: z.string(),
    stateMachineArn: z.string(),
    status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']),
    /** Milliseconds since the epoch. */
    startDate: z.number(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

const taskStopped = z.object({
  'detail-type': z.literal('ECS Task State Change'),
  detail: z.object({
    taskArn: z.string(),
    lastStatus: z.literal('STOPPED'),
    startedBy: z.string(),
    stoppedAt: z.coerce.date(),
    stoppedReason: z.string().default(''),
  }),
});

const guardianFired = z.object({
  guardian: z.object({
    connector: z.string(),
    freezeId: z.string(),
    owner: z.string(),
    attempt: z.int().positive(),
  }),
});

/** The janitor's events: two status changes of EventBridge, and the input of a guardian's schedule. */
export const incidentEvent = z.union([statusChange, taskStopped, guardianFired]);

export function incidentOf(event: z.infer<typeof incidentEvent>): Incident {
  if ('guardian' in event) return { kind: 'guardian fired', ...event.guardian };
  if (event['detail-type'] === 'ECS Task State Change') {
    const { taskArn, startedBy, stoppedAt, stoppedReason } = event.detail;
    return { kind: 'task stopped', taskArn, operationId: startedBy, stoppedAt, reason: stoppedReason };
  }
  const { executionArn, stateMachineArn, status, startDate, error, cause } = event.detail;
  const startedAt = new Date(startDate).toISOString();
  return {
    kind: 'execution ended',
    executionArn,
    stateMachineArn,
    status,
    operationId: idOfExecution({ id: executionArn, startedAt }),
    error: error ?? '',
    cause: cause ?? '',
  };
}
