import { z } from 'zod';
import { taskMessage } from '../../clients/task-messages.ts';

const update = taskMessage.options[4].shape.update;

/** `progress.json` of a recovery: the last that its running task has said. */
export const progressSchema = z.object({
  at: z.iso.datetime(),
  /** The latest, oldest first, each with its time. */
  notes: z.array(z.string()),
  latest: update.optional(),
  /** `latest` with its rate and estimate, as a terminal shows it. */
  activity: z.string().optional(),
  /** What was left to replay, as it went: at most a few hundred looks. */
  behind: z.array(z.object({ at: z.iso.datetime(), left: z.int().nonnegative() })).optional(),
});
export type ProgressDocument = z.infer<typeof progressSchema>;
