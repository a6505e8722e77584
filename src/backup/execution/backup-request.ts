import { z } from 'zod';

/** What a backup is asked for: its state machine's input. `{}` is enough. */
export const backupRequest = z.strictObject({
  /** Neither wait for MSR's maintenance nor refuse because it is near. */
  ignoreMaintenance: z.boolean().default(false),
  /** When the schedule was due; for people who read the execution. */
  scheduledAt: z.string().optional(),
  /** Means nothing: the console of Step Functions proposes an input that has one. */
  Comment: z.string().optional(),
});
export type BackupRequest = z.infer<typeof backupRequest>;
