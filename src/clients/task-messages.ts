import { z } from 'zod';

/** What a task that a runner started as its child says to it, over Node's IPC channel. */
export const taskMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('success'), output: z.unknown() }),
  z.object({ type: z.literal('failure'), error: z.string(), cause: z.string() }),
  z.object({ type: z.literal('heartbeat') }),
  z.object({ type: z.literal('note'), message: z.string() }),
  z.object({
    type: z.literal('update'),
    update: z.object({
      activity: z.string(),
      done: z.number(),
      total: z.number().exactOptional(),
      unit: z.enum(['bytes', 'events', 'rows', 'steps']),
    }),
  }),
]);
export type TaskMessage = z.infer<typeof taskMessage>;
